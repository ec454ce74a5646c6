#include "preprocess/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <utility>

#include "base/command_line/command_line.hpp"
#include "base/cores.hpp"
#include "base/error.hpp"
#include "base/output_name.hpp"
#include "preprocess/input_list.hpp"
#include "preprocess/option_flags.hpp"
#include "preprocess/output_names.hpp"

namespace po = boost::program_options;

namespace hone {
namespace {

template <typename T>
using Choices = std::vector<std::pair<const char*, T>>;

const Choices<LossPolicy> kLosses = {
    {"assistant", LossPolicy::kAssistant}, {"all", LossPolicy::kAll}, {"last", LossPolicy::kLast}};
const Choices<ThinkingPolicy> kThinking = {
    {"keep", ThinkingPolicy::kKeep}, {"strip", ThinkingPolicy::kStrip}, {"split", ThinkingPolicy::kSplit}};
const Choices<OverlongPolicy> kOverlong = {{"drop", OverlongPolicy::kDrop},
                                           {"truncate", OverlongPolicy::kTruncate},
                                           {"error", OverlongPolicy::kError}};
const Choices<BadLinePolicy> kBadLine = {{"stop", BadLinePolicy::kStop}, {"skip", BadLinePolicy::kSkip}};

template <typename T>
T choose(const char* flag, const std::string& value, const Choices<T>& choices) {
  std::string known;
  for (const auto& [name, choice] : choices) {
    if (value == name) return choice;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  fail_usage(fmt::format("--{} {} is unknown", flag, value), "", "choose one of " + known);
}

template <typename T>
const char* name_in(const Choices<T>& choices, T value) {
  for (const auto& [name, choice] : choices) {
    if (choice == value) return name;
  }
  return "";
}

std::optional<RowFormat> chosen_format(const std::string& name) {
  Choices<std::optional<RowFormat>> choices = {{"auto", std::nullopt}};
  for (const RowFormat format : kRowFormats) choices.emplace_back(name_of(format), format);
  return choose("format", name, choices);
}

std::vector<std::string> words_of(const po::variables_map& values, const char* flag) {
  return values.count(flag) ? values[flag].as<std::vector<std::string>>() : std::vector<std::string>();
}

// A name that the one format of all inputs doesn't have would be passed over.
void require_used(const Columns& columns, RowFormat format) {
  const auto fields = fields_of(format);
  for (const auto& [name, field] : columns.renamed()) {
    if (std::ranges::find(fields, name) == fields.end()) {
      fail_usage(fmt::format("--column {}={} is of no use", name, field),
                 fmt::format("rows of --format {} have no {}", name_of(format), name), "leave it out");
    }
  }
}

std::uint64_t count_of(const po::variables_map& values, const char* flag) {
  const auto value = values[flag].as<std::int64_t>();
  if (value < 0) fail_usage(fmt::format("--{} can't be negative", flag), "", "give 0 or more");
  return static_cast<std::uint64_t>(value);
}

Slice parse_slice(const std::string& text) {
  Slice slice;
  const char *const begin = text.data(), *const end = begin + text.size();
  const auto index = std::from_chars(begin, end, slice.index);
  const bool slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = slash ? std::from_chars(index.ptr + 1, end, slice.count) : index;
  if (!slash || count.ec != std::errc() || count.ptr != end || slice.index < 1 || slice.index > slice.count) {
    fail_usage(fmt::format("--slice is '{}'", text), "it must be I/N with I from 1 to N",
               "say --slice 1/4, for example");
  }
  --slice.index;
  return slice;
}

void read_split(const po::variables_map& values, PreprocessOptions& options) {
  if (values.count("eval_output")) options.eval_output = required(values, "eval_output");
  if (values.count("eval_fraction")) options.eval_fraction = values["eval_fraction"].as<double>();
  if (values.count("eval_rows")) {
    const auto rows = values["eval_rows"].as<std::int64_t>();
    if (rows < 1) fail_usage("--eval_rows must be at least 1", "", "give a count, or leave it out");
    options.eval_rows = static_cast<std::uint64_t>(rows);
  }
  options.split_seed = count_of(values, "split_seed");
  if (options.eval_fraction && options.eval_rows)
    fail_usage("--eval_fraction can't go with --eval_rows", "both say how much is held out", "give one");
  if (options.eval_fraction && !(*options.eval_fraction > 0 && *options.eval_fraction < 1))
    fail_usage("--eval_fraction must lie between 0 and 1", "", "say 0.01, for example");
  const bool splits = options.eval_fraction || options.eval_rows;
  if (splits != !options.eval_output.empty()) {
    fail_usage(splits ? "--eval_output is missing" : "--eval_output needs --eval_fraction or --eval_rows", "",
               splits ? "name a folder for the rows that are held out" : "say how much is held out");
  }
  if (options.eval_rows && options.thinking == ThinkingPolicy::kSplit) {
    fail_usage("--eval_rows can't go with --thinking split",
               "the rows of a conversation stay together, so their number can't be exact",
               "say --eval_fraction");
  }
  if (options.eval_rows && options.weights.any()) {
    fail_usage("--eval_rows can't go with --weight",
               "the copies of a row stay together, so their number can't be exact", "say --eval_fraction");
  }
}

void read_slices(const po::variables_map& values, PreprocessOptions& options) {
  if (values.count("slice")) options.slice = parse_slice(values["slice"].as<std::string>());
  options.finish = values["finish"].as<bool>();
  options.segment_bytes = count_of(values, "segment_bytes");
  if (options.slice && options.finish)
    fail_usage("--slice can't go with --finish", "", "make all slices, then say --finish alone");
  const bool stdin_given = std::ranges::find(options.inputs, "-") != options.inputs.end();
  if (stdin_given && (options.slice || options.finish))
    fail_usage("standard input can't be sliced", "", "write it to a file first");
}

}  // namespace

const char* name_of(LossPolicy loss) { return name_in(kLosses, loss); }
const char* name_of(ThinkingPolicy thinking) { return name_in(kThinking, thinking); }

OrderedJson to_json(const PreprocessOptions& options) {
  OrderedJson weights = OrderedJson::object();
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    if (options.weights.any()) weights[options.inputs[i]] = options.weights.of(i);
  }
  return {
      {"tokenizer", options.tokenizer},
      {"input", options.inputs},
      {"format", options.format ? name_of(*options.format) : "auto"},
      {"column", options.columns.renamed()},
      {"weight", weights},
      {"output", options.output},
      {"template", options.chat_template},
      {"system_prompt", options.system_prompt ? OrderedJson(*options.system_prompt) : OrderedJson(nullptr)},
      {"loss", name_of(options.loss)},
      {"thinking", name_of(options.thinking)},
      {"model_max_length", options.model_max_length},
      {"overlong", name_in(kOverlong, options.overlong)},
      {"on_bad_line", name_in(kBadLine, options.on_bad_line)},
      {"threads", options.threads},
      {"overwrite_output_dir", options.overwrite_output_dir},
      {"show", options.show},
      {"deduplicate", options.deduplicate},
      {"eval_output", options.eval_output},
      {"eval_fraction", options.eval_fraction ? OrderedJson(*options.eval_fraction) : OrderedJson(nullptr)},
      {"eval_rows", options.eval_rows ? OrderedJson(*options.eval_rows) : OrderedJson(nullptr)},
      {"split_seed", options.split_seed},
      {"shuffle_seed", options.shuffle_seed ? OrderedJson(*options.shuffle_seed) : OrderedJson(nullptr)},
      {"slice", options.slice ? OrderedJson(options.slice->text()) : OrderedJson(nullptr)},
      {"finish", options.finish},
      {"segment_bytes", options.segment_bytes}};
}

std::optional<PreprocessOptions> parse_preprocess_command_line(int argc, const char* const* argv,
                                                               const std::string& version) {
  const po::options_description flags = preprocess_flags();
  const po::variables_map values = parse_command_line(argc, argv, flags);
  if (values.count("help")) {
    std::cout << "hone-preprocess --tokenizer MODEL_DIR --input FILE [FILE ...] --output DATASET_DIR "
                 "[flags]\n\n"
              << flags;
    return std::nullopt;
  }
  if (values.count("version")) {
    std::cout << version;
    return std::nullopt;
  }
  PreprocessOptions options;
  const bool print_config = values["print_config"].as<bool>();
  const auto needed = [&](const char* name) {
    return print_config && !values.count(name) ? std::string() : required(values, name);
  };
  options.tokenizer = needed("tokenizer");
  options.output = needed("output");
  if (values.count("input")) {
    options.inputs = expand_inputs(words_of(values, "input"));
  } else if (!print_config) {
    fail_usage("--input is missing", "", "name one or more files");
  }
  require_reachable(options.tokenizer, "--tokenizer");
  require_reachable(options.output, "--output");
  options.format = chosen_format(values["format"].as<std::string>());
  options.columns = Columns(words_of(values, "column"));
  if (options.format) require_used(options.columns, *options.format);
  options.weights = InputWeights(words_of(values, "weight"), options.inputs);
  options.chat_template = values["template"].as<std::string>();
  if (options.format == RowFormat::kText && values["template"].defaulted()) options.chat_template = "none";
  if (values.count("system_prompt")) options.system_prompt = values["system_prompt"].as<std::string>();
  options.loss = choose("loss", values["loss"].as<std::string>(), kLosses);
  options.thinking = choose("thinking", values["thinking"].as<std::string>(), kThinking);
  options.show = values["show"].as<std::int64_t>();
  options.deduplicate = values["deduplicate"].as<bool>();
  if (values.count("shuffle_seed")) options.shuffle_seed = count_of(values, "shuffle_seed");
  read_split(values, options);
  read_slices(values, options);
  require_reachable(options.eval_output, "--eval_output");
  require_names_fit(options);
  require_apart(options);
  options.model_max_length = values["model_max_length"].as<std::int64_t>();
  options.overlong = choose("overlong", values["overlong"].as<std::string>(), kOverlong);
  options.on_bad_line = choose("on_bad_line", values["on_bad_line"].as<std::string>(), kBadLine);
  options.threads = values["threads"].as<int>();
  options.overwrite_output_dir = values["overwrite_output_dir"].as<bool>();
  if (options.model_max_length < 2)
    fail_usage("--model_max_length must be at least 2", "a row needs a token and a target", "raise it");
  if (options.threads < 0 || options.threads > kMostThreads) {
    fail_usage(fmt::format("--threads must be from 0 to {}, not {}", kMostThreads, options.threads), "",
               "give a count, or 0 for all cores");
  }
  if (options.show < 0) fail_usage("--show can't be negative", "", "give a count of rows");
  if (options.thinking == ThinkingPolicy::kSplit && options.loss == LossPolicy::kAll) {
    fail_usage("--thinking split can't go with --loss all",
               "each row would repeat what the ones before taught", "choose --loss assistant or last");
  }
  if (print_config) {
    std::cout << to_json(options).dump(2) << "\n";
    return std::nullopt;
  }
  return options;
}

}  // namespace hone
