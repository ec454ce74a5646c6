#include "preprocess/reject_log.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {
namespace {

std::filesystem::path file_named(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / ("hone-reject-" + std::to_string(::getpid())) / name;
}

TEST(RejectLog, ListsEveryLineAndNamesOnlyTheFirst) {
  const std::vector<std::string> inputs = {"a.jsonl", "b.jsonl"};
  const auto path = file_named("rejected.jsonl");
  std::filesystem::create_directories(path.parent_path());
  testing::internal::CaptureStderr();
  RejectLog log("bad line", inputs, path, 1);
  log.add({{1, 3, 70, "no \"role\""}, {0, 9, 500, "null"}});
  log.finish();
  const std::string named = testing::internal::GetCapturedStderr();
  EXPECT_NE(named.find("b.jsonl:3 (byte 70): no \"role\""), std::string::npos) << named;
  EXPECT_EQ(named.find("a.jsonl:9"), std::string::npos) << named;
  EXPECT_NE(named.find("and 1 more"), std::string::npos) << named;
  EXPECT_EQ(read_text_file(path),
            "{\"file\":\"b.jsonl\",\"line\":3,\"byte\":70,\"reason\":\"no \\\"role\\\"\"}\n"
            "{\"file\":\"a.jsonl\",\"line\":9,\"byte\":500,\"reason\":\"null\"}\n");
  std::filesystem::remove_all(path.parent_path());
}

TEST(RejectLog, BeyondThoseNamedLinesAreCountedByReason) {
  const std::vector<std::string> inputs = {"a.jsonl"};
  testing::internal::CaptureStderr();
  RejectLog log("bad line", inputs, "", 1);
  for (std::uint64_t i = 0; i < 1300; ++i)
    log.add({{0, i, 0,
              i % 13 == 0 ? fmt::format("messages[{}]: 'content' is null", i) : "'messages' is missing"}});
  log.finish();
  const std::string named = testing::internal::GetCapturedStderr();
  EXPECT_NE(named.find("and 1,299 more bad lines:"), std::string::npos) << named;
  EXPECT_NE(named.find("  1,200 'messages' is missing"), std::string::npos) << named;
  EXPECT_NE(named.find("  99 messages[#]: 'content' is null"), std::string::npos) << named;
}

TEST(RejectLog, WithoutALineThereIsNoFile) {
  const std::vector<std::string> inputs;
  const auto path = file_named("rejected.jsonl");
  RejectLog log("bad line", inputs, path, 1);
  log.add({});
  log.finish();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RejectLog, AListThatWasNotFinishedGetsNoNameAndLeavesTheEarlierOne) {
  const std::vector<std::string> inputs = {"a.jsonl"};
  const auto path = file_named("rejected.jsonl");
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << R"({"file":"a.jsonl","line":1,"byte":0,"reason":"of an earlier run"})"
                      << "\n";
  {
    RejectLog log("bad line", inputs, path, 0);
    log.add({{0, 1, 0, "null"}});
  }
  EXPECT_NE(read_text_file(path).find("of an earlier run"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".hone-new"));
  RejectLog("bad line", inputs, path, 0).finish();
  EXPECT_FALSE(std::filesystem::exists(path));  // it no longer holds
  std::filesystem::remove_all(path.parent_path());
}

TEST(RejectLog, AFileThatCannotBeMadeIsAFailure) {
  const std::vector<std::string> inputs = {"a.jsonl"};
  RejectLog log("bad line", inputs, file_named("nowhere/rejected.jsonl"), 1);
  log.add({{0, 1, 0, "null"}, {0, 2, 5, "null"}});
  EXPECT_THROW(log.finish(), Error);
}

}  // namespace
}  // namespace hone
