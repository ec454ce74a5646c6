#include "checkpoint/adapter_origin.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

void expect_refused(const std::map<std::string, std::string>& metadata, const std::string& word) {
  try {
    parse_adapter_origin(metadata, "some/file");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    EXPECT_NE(std::string(error.what()).find("some/file"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(AdapterOrigin, ComesBackAsItWasWritten) {
  for (const std::optional<FourBitType> type :
       {std::optional<FourBitType>(), std::optional(FourBitType::kNf4), std::optional(FourBitType::kFp4)}) {
    const auto read = parse_adapter_origin(to_metadata({"abc", type, 151645}), "");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->base_fingerprint, "abc");
    EXPECT_EQ(read->quantised, type);
    EXPECT_EQ(read->turn_end_id, 151645);
  }
}

TEST(AdapterOrigin, IsNothingForAnAdapterOfAnotherProgram) {
  EXPECT_FALSE(parse_adapter_origin({}, ""));
  EXPECT_FALSE(parse_adapter_origin({{"format", "pt"}}, ""));
}

TEST(AdapterOrigin, ThatIsHalfThereOrUnknownIsRefused) {
  auto metadata = to_metadata({"abc", std::nullopt, 5});
  metadata["hone_base_quantization"] = "int3";
  expect_refused(metadata, "int3");
  metadata = to_metadata({"abc", std::nullopt, 5});
  metadata["hone_turn_end_id"] = "5x";
  expect_refused(metadata, "5x");
  metadata.erase("hone_turn_end_id");
  expect_refused(metadata, "hone_turn_end_id");
}

}  // namespace
}  // namespace hone
