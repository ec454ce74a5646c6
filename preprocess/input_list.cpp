#include "preprocess/input_list.hpp"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>

#include "base/error.hpp"

namespace hone {
namespace {

std::vector<std::string> files_matching(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, decltype(&::globfree)> guard(&found, ::globfree);
  const int status = ::glob(pattern.c_str(), GLOB_ERR | GLOB_NOSORT, nullptr, &found);
  if (status != 0) {
    fail_usage(fmt::format("--input {} matches no file", pattern),
               status == GLOB_NOMATCH ? "" : std::strerror(errno), "check the pattern");
  }
  std::vector<std::string> files(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  std::ranges::sort(files);
  return files;
}

// What can't be looked at can't be opened either, and that says why.
bool is_there(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::exists(name, ignored);
}

void add_named(const std::string& name, std::vector<std::string>& inputs) {
  const bool pattern = name.find_first_of("*?[") != std::string::npos && !is_there(name);
  if (!pattern) {
    inputs.push_back(name);
    return;
  }
  for (std::string& file : files_matching(name)) inputs.push_back(std::move(file));
}

}  // namespace

std::vector<std::string> expand_inputs(const std::vector<std::string>& words) {
  std::vector<std::string> inputs;
  for (const std::string& word : words) {
    if (is_there(word)) {
      inputs.push_back(word);
      continue;
    }
    std::istringstream list(word);
    for (std::string name; std::getline(list, name, ',');) {
      if (!name.empty()) add_named(name, inputs);
    }
  }
  if (inputs.empty()) fail_usage("--input names no file", "", "name one or more files");
  if (std::ranges::count(inputs, "-") > 1)
    fail_usage("--input - is given twice", "there is one standard input", "name it once");
  return inputs;
}

}  // namespace hone
