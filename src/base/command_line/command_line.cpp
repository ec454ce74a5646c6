#include "base/command_line/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace po = boost::program_options;

namespace hone {
namespace {

bool is_switch(const po::options_description& flags, const std::string& word) {
  if (!word.starts_with("--")) return false;
  const po::option_description* flag = flags.find_nothrow(word.substr(2), false);
  return flag != nullptr && flag->semantic()->max_tokens() == 0;
}

std::vector<std::string> normal_words(int argc, const char* const* argv,
                                      const po::options_description& flags) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.starts_with("--")) {
      const auto end = std::min(word.find('='), word.size());
      std::replace(word.begin() + 2, word.begin() + static_cast<std::ptrdiff_t>(end), '-', '_');
    }
    if ((word == "True" || word == "False") && !words.empty() && is_switch(flags, words.back())) {
      if (word == "False") words.pop_back();
      continue;
    }
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

po::variables_map parse_command_line(int argc, const char* const* argv, const po::options_description& flags,
                                     Words words) {
  po::options_description all;
  all.add(flags);
  po::positional_options_description positions;
  if (words == Words::kCollected) {
    all.add_options()("words", po::value<std::vector<std::string>>());
    positions.add("words", -1);
  }
  po::variables_map values;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(normal_words(argc, argv, flags))
                  .options(all)
                  .style(style)
                  .positional(positions)
                  .run(),
              values);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const auto& flag : flags.options()) names.push_back("--" + flag->long_name());
    fail_usage(fmt::format("unknown flag {}", error.get_option_name()),
               suggestion(error.get_option_name(), names), "see --help");
  } catch (const po::error& error) {
    fail_usage(error.what(), "", "see --help");
  }
  return values;
}

std::string required(const po::variables_map& values, const char* name) {
  if (!values.count(name)) fail_usage(fmt::format("--{} is missing", name), "", "see --help");
  return values[name].as<std::string>();
}

}  // namespace hone
