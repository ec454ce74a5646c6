#include "base/json.hpp"

#include <cerrno>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

class JsonFile : public Folder {};

template <typename T>
std::string field_refusal(const Json& object) {
  return refusal(ExitCode::kData, [&] { json_field<T>(object, "key", "config.json"); });
}

TEST_F(JsonFile, TextIsReadByteForByte) {
  const std::string bytes("a\r\n\0\xEF\xBB\xBF\xFF", 8);
  EXPECT_EQ(read_text_file(file("bytes", bytes)), bytes);
  EXPECT_EQ(read_text_file(file("empty", "")), "");
}

TEST_F(JsonFile, WhatCannotBeReadIsRefusedWithItsOwnReason) {
  const std::string missing = (folder() / "missing").string();
  EXPECT_EQ(refusal(ExitCode::kData, [&] { read_text_file(missing); }),
            "can't read " + missing + " (No such file or directory); check the path");
  errno = ENOENT;  // an earlier failure of something else
  EXPECT_EQ(refusal(ExitCode::kData, [&] { read_text_file(folder()); }),
            "can't read " + folder().string() + " (Is a directory); check the path");
  // It opens, and reading fails: neither an empty text nor an exception that names no file.
  EXPECT_EQ(refusal(ExitCode::kData, [] { read_text_file("/proc/self/mem"); }),
            "can't read /proc/self/mem (Input/output error); check the path");
}

TEST_F(JsonFile, AFaultIsNamedByFileAndLine) {
  const std::string path = file("bad.json", "{\n  \"a\": 1,\n  \"b\" 2\n}\n").string();
  const std::string line = refusal(ExitCode::kData, [&] { read_json_file(path); });
  EXPECT_TRUE(line.starts_with(path + ":3: not valid JSON (")) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(JsonFile, AFileThatEndsEarlyIsNamedByItsLastLine) {
  const std::string path = file("cut.json", "{\n  \"a\": 1,\n").string();
  const std::string line = refusal(ExitCode::kData, [&] { read_json_file(path); });
  EXPECT_TRUE(line.starts_with(path + ":3: not valid JSON (")) << line;
}

TEST_F(JsonFile, AByteThatIsNotUtf8IsAFault) {
  const std::string path = file("latin1.json", "{\"a\": \"\xE9\"}").string();
  EXPECT_NE(refusal(ExitCode::kData, [&] { read_json_file(path); }).find("latin1.json:1"), std::string::npos);
}

TEST_F(JsonFile, ANumberBeyondTheRangeOfDoublesIsAFault) {
  const std::string path = file("large.json", "{\"a\": 1e400}").string();
  const std::string line = refusal(ExitCode::kData, [&] { read_json_file(path); });
  EXPECT_TRUE(line.starts_with(path + ": not valid JSON (")) << line;
  EXPECT_NE(line.find("1e400"), std::string::npos) << line;
  EXPECT_EQ(refusal(ExitCode::kData, [&] { read_ordered_json_file(path); }), line);
}

TEST_F(JsonFile, WhatFollowsANulIsNotLeftOut) {
  const std::string path = file("nul.json", std::string("{\n}\n\0{", 6)).string();
  EXPECT_EQ(refusal(ExitCode::kData, [&] { read_json_file(path); }),
            path + ":3: not valid JSON (it holds a NUL); repair the file");
}

TEST(JsonField, GivesWhatIsThere) {
  const Json object = {{"count", 3}, {"rate", 0.5}, {"name", "x"}, {"flag", true}, {"list", {1, 2}}};
  EXPECT_EQ(json_field<std::int64_t>(object, "count", "f"), 3);
  EXPECT_EQ(json_field<double>(object, "count", "f"), 3.0);
  EXPECT_EQ(json_field<double>(object, "rate", "f"), 0.5);
  EXPECT_EQ(json_field<std::string>(object, "name", "f"), "x");
  EXPECT_TRUE(json_field<bool>(object, "flag", "f"));
  EXPECT_EQ(json_field<std::vector<std::int64_t>>(object, "list", "f"), (std::vector<std::int64_t>{1, 2}));
}

TEST(JsonField, AMissingKeyIsNamedWithItsFile) {
  EXPECT_EQ(field_refusal<int>({{"other", 1}}),
            "config.json: 'key' is missing; check that the file is complete");
  EXPECT_EQ(field_refusal<int>(Json::array({1})),
            "config.json: 'key' is missing; check that the file is complete");
}

TEST(JsonField, AnotherTypeIsRefusedAndShown) {
  EXPECT_EQ(field_refusal<std::string>({{"key", 7}}),
            "config.json: 'key' has the wrong type (it is 7); check the file");
  field_refusal<bool>({{"key", 1}});
  field_refusal<double>({{"key", "0.5"}});
  field_refusal<std::int64_t>({{"key", nullptr}});
  field_refusal<std::vector<std::string>>({{"key", "x"}});
}

TEST(JsonField, ANumberIsNeverBentIntoACount) {
  EXPECT_EQ(field_refusal<std::int64_t>({{"key", 2.5}}),
            "config.json: 'key' has the wrong type (it is 2.5); check the file");
  field_refusal<std::int64_t>({{"key", true}});
  field_refusal<std::uint64_t>({{"key", -1}});
  field_refusal<std::int64_t>({{"key", std::uint64_t{1} << 63}});
  field_refusal<std::uint32_t>({{"key", std::int64_t{1} << 32}});
  field_refusal<int>({{"key", -(std::int64_t{1} << 31) - 1}});
  field_refusal<std::vector<std::uint64_t>>({{"key", {0, -1}}});
  field_refusal<std::vector<std::int64_t>>({{"key", {1, 2.5}}});
  EXPECT_EQ(json_field<std::uint64_t>({{"key", std::uint64_t{1} << 63}}, "key", "f"), std::uint64_t{1} << 63);
  EXPECT_EQ(json_field<int>({{"key", -1}}, "key", "f"), -1);
}

}  // namespace
}  // namespace hone
