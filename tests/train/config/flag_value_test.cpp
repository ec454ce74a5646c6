#include "train/config/flag_value.hpp"

#include "config_test_support.hpp"

namespace hone {
namespace {

using testing::usage_error;

FlagValue given(const Json& value) { return {value, "--flag"}; }

TEST(FlagValue, whole_numbers_are_read_from_text_and_json) {
  EXPECT_EQ(to_integer(given("-1")), -1);
  EXPECT_EQ(to_integer(given("+7")), 7);
  EXPECT_EQ(to_integer(given(12)), 12);
  EXPECT_EQ(to_integer(given(500.0)), 500);
}

TEST(FlagValue, what_is_not_a_whole_number_is_refused) {
  for (const Json& value : {Json("1e3"), Json("3 "), Json("0x10"), Json(""), Json("99999999999999999999"),
                            Json(1.5), Json(true), Json(std::uint64_t{1} << 63), Json::array({1})})
    EXPECT_NE(usage_error([&] { to_integer(given(value)); }).find("--flag must be a whole number"),
              std::string::npos);
}

TEST(FlagValue, numbers_are_read_in_every_usual_form) {
  EXPECT_EQ(to_number(given("3e-4")), 3e-4);
  EXPECT_EQ(to_number(given("1E-5")), 1e-5);
  EXPECT_EQ(to_number(given(".5")), 0.5);
  EXPECT_EQ(to_number(given(1)), 1.0);
}

TEST(FlagValue, what_is_not_a_finite_number_is_refused) {
  for (const Json& value : {Json("nan"), Json("inf"), Json("1,5"), Json("1e-4x"), Json(true), Json("")})
    EXPECT_NE(usage_error([&] { to_number(given(value)); }).find("must be a number"), std::string::npos);
}

TEST(FlagValue, booleans_are_read_as_transformers_reads_them) {
  for (const char* yes : {"True", "true", "yes", "T", "y", "1"}) EXPECT_TRUE(to_bool(given(yes))) << yes;
  for (const char* no : {"False", "false", "no", "F", "n", "0"}) EXPECT_FALSE(to_bool(given(no))) << no;
  EXPECT_TRUE(to_bool(given(true)));
  EXPECT_EQ(usage_error([] { to_bool(given("maybe")); }), "--flag must be True or False, not 'maybe'");
}

TEST(FlagValue, sizes_have_decimal_and_binary_units) {
  EXPECT_EQ(to_bytes(given("5GB")), 5'000'000'000);
  EXPECT_EQ(to_bytes(given("500MiB")), 500LL << 20);
  EXPECT_EQ(to_bytes(given("1.5kb")), 1500);
  EXPECT_EQ(to_bytes(given(1000)), 1000);
  for (const char* wrong : {"", "GB", "5XB", "-1GB", "1e30TB"})
    EXPECT_NE(usage_error([&] { to_bytes(given(wrong)); }).find("must be a size"), std::string::npos)
        << wrong;
}

TEST(FlagValue, objects_may_be_written_as_text) {
  EXPECT_EQ(to_object(given(R"({"min_lr": 1e-5})")).at("min_lr"), 1e-5);
  EXPECT_NE(usage_error([] { to_object(given("min_lr=1")); }).find("must be a JSON object"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
