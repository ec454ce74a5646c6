#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "train/config/command_line.hpp"

namespace hone::testing {

using Words = std::vector<std::string>;

inline TrainCommand parse(Words words) {
  words.insert(words.begin(), "hone-train");
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_train_command_line(static_cast<int>(argv.size()), argv.data());
}

/// The effective configuration, without asking for what only a real run needs.
inline TrainConfig config_of(Words words) {
  words.push_back("--print_config");
  return std::get<PrintConfigRequest>(parse(std::move(words))).config;
}

/// A run with everything that is required, and `words` besides.
inline TrainRequest run_of(Words words) {
  for (const char* word : {"--model_name_or_path", "m", "--data_path", "d", "--output_dir", "o"})
    words.push_back(word);
  return std::get<TrainRequest>(parse(std::move(words)));
}

/// Runs `body`, which must throw an Error with exit code 2, and returns its line.
template <typename Body>
std::string usage_error(Body body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

inline std::string refusal_of(const Words& words) {
  return usage_error([&] { config_of(words); });
}

/// A folder of its own for each test, removed afterwards.
class ConfigFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "hone-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace hone::testing
