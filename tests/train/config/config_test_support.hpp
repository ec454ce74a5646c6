#pragma once

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "base/base_test_support.hpp"
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
  const std::string line = refusal(ExitCode::kUsage, body);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  return line;
}

inline std::string refusal_of(const Words& words) {
  return usage_error([&] { config_of(words); });
}

/// Configuration files in a folder of their own, named as the command line names them.
class ConfigFiles : public Folder {
 protected:
  std::string file(const std::string& name, const std::string& text) const {
    return Folder::file(name, text).string();
  }
};

}  // namespace hone::testing
