#include "base/command_line/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace po = boost::program_options;

namespace hone {
namespace {

constexpr const char* kWords = "words";

struct Word {
  std::string name;   // as the flags spell it; "" for what isn't a flag
  std::string value;  // from the `=` on
  const po::option_description* flag = nullptr;
};

Word read_word(const std::string& text, const po::options_description& flags) {
  if (!text.starts_with("--")) return {};
  const std::size_t end = std::min(text.find('='), text.size());
  std::string name = replaced(text.substr(2, end - 2), "-", "_");
  if (name.empty()) return {};
  const po::option_description* const flag = flags.find_nothrow(name, false);
  return {std::move(name), text.substr(end), flag};
}

bool takes_value(const Word& word) { return word.flag != nullptr && word.flag->semantic()->max_tokens() > 0; }

std::optional<bool> truth(std::string_view text) {
  if (text == "True" || text == "true") return true;
  if (text == "False" || text == "false") return false;
  return std::nullopt;
}

/// The words as Boost wants them: one spelling of each name, switches that stand alone.
std::vector<std::string> normal_words(int argc, const char* const* argv,
                                      const po::options_description& flags) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const Word word = read_word(argv[i], flags);
    const char* const next = i + 1 < argc ? argv[i + 1] : "";
    if (word.flag == nullptr) {
      words.emplace_back(argv[i]);  // a value keeps its dashes
    } else if (takes_value(word)) {
      // Boost would take the next flag for the value.
      if (word.value.empty() && (i + 1 == argc || read_word(next, flags).flag != nullptr))
        fail_usage(fmt::format("--{} needs a value", word.name), "", "see --help");
      words.push_back("--" + word.name);
      if (!word.value.empty())
        words.push_back(word.value.substr(1));  // Boost refuses an empty one behind a `=`
    } else {
      const auto given = truth(word.value.empty() ? next : word.value.substr(1));
      if (!word.value.empty() && !given) {
        fail_usage(fmt::format("--{} must be True or False, not '{}'", word.name, word.value.substr(1)), "",
                   "");
      }
      if (word.value.empty() && given) ++i;
      if (given.value_or(true)) words.push_back("--" + word.name);
    }
  }
  return words;
}

}  // namespace

po::variables_map parse_command_line(int argc, const char* const* argv, const po::options_description& flags,
                                     Words words) {
  require_utf8(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  po::options_description all;
  all.add(flags).add_options()(kWords, po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add(kWords, -1);
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
    const std::string given = error.get_option_name(), name = given.substr(0, given.find('='));
    fail_usage(fmt::format("unknown flag {}", name), suggestion(name, names), "see --help");
  } catch (const po::error& error) {
    fail_usage(error.what(), "", "see --help");
  }
  if (words == Words::kRefused && values.count(kWords)) {
    fail_usage(fmt::format("'{}' belongs to no flag", values[kWords].as<std::vector<std::string>>().front()),
               "", "see --help");
  }
  return values;
}

std::string required(const po::variables_map& values, const char* name) {
  std::string value = values.count(name) ? values[name].as<std::string>() : "";
  if (value.empty()) fail_usage(fmt::format("--{} is missing", name), "", "see --help");
  return value;
}

}  // namespace hone
