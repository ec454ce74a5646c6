#pragma once

#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "dataset/dataset.hpp"
#include "dataset/part_writer.hpp"

namespace hone {

/// A folder of its own, named after the test, removed afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int made = 0;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            ("hone-" + std::to_string(::getpid()) + "-" + std::to_string(made++) + "-" +
             test->test_suite_name() + "." + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Row `index` of the test data: its values follow from index and salt, lengths run from 1 to 40.
inline Row make_row(std::uint64_t index, std::uint32_t salt = 0) {
  Row row;
  const std::size_t length = 1 + (index * 7) % 40;
  for (std::size_t i = 0; i < length; ++i) {
    row.ids.push_back(static_cast<std::uint32_t>((index * 1009 + i * 31 + salt) % 150000));
    row.loss_mask.push_back((index + i) % 3 == 0 ? 1 : 0);
  }
  row.source_file = index % 2;
  row.source_line = index + 1;
  return row;
}

/// Writes rows 0 .. count - 1 and the manifest into an existing folder.
inline void make_dataset(const std::filesystem::path& folder, std::uint64_t count,
                         std::uint64_t tokens_per_part, std::uint32_t salt = 0) {
  Manifest manifest;
  manifest.inputs = {{"a.jsonl", 10, "aa"}, {"b.jsonl", 20, "bb"}};
  manifest.tool_version = "0 (test)";
  manifest.tokenizer_sha256 = "c0ffee";
  manifest.chat_template.name = "chatml";
  manifest.loss = "assistant";
  manifest.model_max_length = 40;
  PartWriter writer(folder, manifest, tokens_per_part);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Row row = make_row(i, salt);
    writer.append(row);
    manifest.counts.rows += 1;
    manifest.counts.tokens += row.ids.size();
    manifest.counts.targets += count_targets(row.loss_mask);
    manifest.max_id =
        std::max<std::uint64_t>(manifest.max_id, *std::max_element(row.ids.begin(), row.ids.end()));
  }
  manifest.parts = writer.finish();
  write_manifest(folder, manifest);
}

/// The text of the Error(kData) that `action` throws; fails the test where it throws none.
inline std::string data_error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace hone
