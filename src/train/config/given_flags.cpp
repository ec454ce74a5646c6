#include "train/config/given_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "train/config/config_file.hpp"
#include "train/config/flag.hpp"
#include "train/config/foreign_flags.hpp"

namespace hone {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

const Words kRequests = {"help", "version", "print_config"};
const Words kDeviceSwitches = {"use_cpu", "no_cuda"};  // transformers' names for --device cpu

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<FlagShape> shape_of(const std::string& name) {
  if (contains(kRequests, name) || contains(kDeviceSwitches, name)) return FlagShape::kBool;
  if (name == "config") return FlagShape::kValue;
  if (const Flag* flag = find_flag(name)) return flag->shape;
  if (const ForeignFlag* flag = find_foreign_flag(name)) return flag->shape;
  return std::nullopt;
}

[[noreturn]] void refuse_unknown(const std::string& place, const std::string& name,
                                 const std::string& prefix) {
  Words own = {"config", "help", "version", "print_config"};
  for (const Flag& flag : flags()) own.push_back(flag.name);
  std::string near = nearest_name(name, own);
  if (near.empty()) {
    Words foreign;
    for (const ForeignFlag& flag : foreign_flags()) foreign.push_back(flag.name);
    near = nearest_name(name, foreign);
  }
  fail_usage(fmt::format("{} is not known", place), "",
             near.empty() ? "see --help" : fmt::format("did you mean '{}{}'?", prefix, near));
}

std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return current_name(name);
}

/// Boost wants one spelling of each name: `--max-steps=3` becomes `--max_steps=3`.
std::string normalised(const std::string& word) {
  if (word == "-h") return "--help";
  if (word == "-m") return "--model_name_or_path";
  if (word == "-d") return "--data_path";
  if (word.rfind("--", 0) != 0 || word == "--") return word;
  const std::size_t end = std::min(word.find('='), word.size());
  const std::string name = with_underscores(word.substr(2, end - 2));
  if (!shape_of(name)) refuse_unknown(fmt::format("'{}'", word.substr(0, end)), name, "--");
  return "--" + name + word.substr(end);
}

po::options_description boost_options() {
  po::options_description options;
  const auto add = [&options](const std::string& name) {
    auto* value = po::value<Words>();
    const FlagShape shape = *shape_of(name);
    if (shape == FlagShape::kBool) value->implicit_value({"True"}, "True");
    if (shape == FlagShape::kList) value->multitoken();
    options.add_options()(name.c_str(), value);
  };
  for (const std::string& name : kRequests) add(name);
  for (const std::string& name : kDeviceSwitches) add(name);
  add("config");
  for (const Flag& flag : flags()) add(flag.name);
  for (const ForeignFlag& flag : foreign_flags()) add(flag.name);
  return options;
}

[[noreturn]] void refuse_without_value(const std::string& name) {
  fail_usage(fmt::format("--{} needs a value", name), "", "see --help");
}

std::vector<po::option> split(const Words& words, const po::options_description& options) {
  // No short options, so that `-1` is a value; no guessing, so that a new flag never changes what an old
  // script means.
  const int style = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                    po::command_line_style::long_allow_next;
  try {
    return po::command_line_parser(words).options(options).style(style).run().options;
  } catch (const po::error_with_option_name& error) {
    std::string name = error.get_option_name();
    name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
    refuse_without_value(name);
  }
}

Json items_of(const Words& words) {
  Json items = Json::array();
  for (const std::string& word : words) {
    for (std::size_t begin = 0; begin <= word.size();) {
      const std::size_t end = std::min(word.find(',', begin), word.size());
      if (end > begin) items.push_back(word.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return items;
}

FlagValue value_of(const po::option& option) {
  FlagValue given;
  given.place = "--" + option.string_key;
  // Boost takes the next flag for the value of one that was left without.
  const bool stands_apart = option.original_tokens.size() > 1;
  if (stands_apart && !option.value.empty() && option.value.front().rfind("--", 0) == 0)
    refuse_without_value(option.string_key);
  if (*shape_of(option.string_key) == FlagShape::kList) {
    given.value = items_of(option.value);
  } else {
    given.value = option.value.empty() ? "True" : option.value.front();
  }
  return given;
}

void add_given(GivenFlags& given, std::string name, FlagValue value) {
  if (contains(kDeviceSwitches, name)) {
    if (!to_bool(value)) return;
    name = "device";
    value.value = "cpu";
  }
  const auto [earlier, is_new] = given.emplace(name, value);
  if (!is_new)
    fail_usage(fmt::format("{} {} is given again as {} {}", earlier->second.place, shown(earlier->second),
                           value.place, shown(value)),
               "", "give it once");
}

}  // namespace

CommandLine read_command_line(std::span<const std::string> words) {
  require_utf8(words);
  Words normal;
  for (const std::string& word : words) normal.push_back(normalised(word));
  static const po::options_description kOptions = boost_options();
  CommandLine line;
  for (const po::option& option : split(normal, kOptions)) {
    if (option.string_key.empty())
      fail_usage(fmt::format("'{}' belongs to no flag", option.original_tokens.front()), "", "see --help");
    const FlagValue value = value_of(option);
    if (option.string_key == "help") {
      line.help = to_bool(value);
    } else if (option.string_key == "version") {
      line.version = to_bool(value);
    } else if (option.string_key == "print_config") {
      line.print_config = to_bool(value);
    } else if (option.string_key == "config") {
      if (!line.config_file.empty()) fail_usage("--config is given twice", "", "give one file");
      line.config_file = to_text(value);
    } else {
      add_given(line.given, option.string_key, value);
    }
  }
  return line;
}

GivenFlags read_config_file(const std::string& path) {
  const Json json = read_config_json("--config", path);
  GivenFlags given;
  for (const auto& [key, value] : json.items()) {
    const std::string name = with_underscores(key);
    const std::string place = fmt::format("'{}' in {}", key, path);
    const auto shape = shape_of(name);
    if (!shape || contains(kRequests, name) || name == "config") refuse_unknown(place, name, "");
    if (value.is_null()) continue;
    const bool words_for_list = *shape == FlagShape::kList && value.is_string();
    add_given(given, name, {words_for_list ? items_of({value.get<std::string>()}) : value, place});
  }
  return given;
}

}  // namespace hone
