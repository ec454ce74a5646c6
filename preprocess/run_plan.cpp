#include "preprocess/run_plan.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>

#include "base/sha256.hpp"
#include "base/version.hpp"
#include "preprocess/template_program.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSmallestSegment = std::uint64_t{16} << 20;
constexpr std::uint64_t kMostSegments = 4096;

// They change what is written or how, not what rows become.
constexpr const char* kNotOfRows[] = {"input",         "output",     "overwrite_output_dir",
                                      "threads",       "show",       "on_bad_line",
                                      "deduplicate",   "eval_rows",  "eval_fraction",
                                      "eval_output",   "split_seed", "shuffle_seed",
                                      "segment_bytes", "slice",      "finish",
                                      "tokenizer",     "weight"};

// What a tokenizer folder may bring into rows.
constexpr const char* kTokenizerFiles[] = {"tokenizer.json", "tokenizer_config.json",
                                           "special_tokens_map.json", "chat_template.jinja",
                                           "additional_chat_templates/tool_use.jinja"};

// With all digits that the file system has: two changes in one second are two.
std::string time_text(fs::file_time_type time) {
  const auto since_1970 = std::chrono::file_clock::to_sys(time).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_1970);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970 - seconds);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:09} UTC", fmt::gmtime(seconds.count()), rest.count());
}

OrderedJson identity_of(const std::string& input) {
  if (input == "-") {
    return {{"path", input}, {"process", ::getpid()}, {"time", time_text(fs::file_time_type::clock::now())}};
  }
  return {{"path", input}, {"bytes", fs::file_size(input)}, {"time", time_text(fs::last_write_time(input))}};
}

}  // namespace

OrderedJson run_plan(const PreprocessOptions& options, std::uint64_t segment_bytes) {
  OrderedJson plan = {{"program", fmt::format("{} ({})", kVersion, kGitHash)},
                      {"segment_bytes", segment_bytes}};
  plan["number of inputs"] = options.inputs.size();
  // By place: segments know an input by that alone.
  for (std::size_t i = 0; i < options.inputs.size(); ++i) plan[input_key(i)] = identity_of(options.inputs[i]);
  for (const char* name : kTokenizerFiles) {
    const fs::path file = fs::path(options.tokenizer) / name;
    plan[name] = fs::is_regular_file(file) ? sha256_of_file(file) : "";
  }
  if (is_template_file(options.chat_template))
    plan["template's text"] = sha256_of_file(options.chat_template);
  plan["SOURCE_DATE_EPOCH"] = source_date_epoch().value_or("");
  const OrderedJson all = to_json(options);
  for (const auto& [name, value] : all.items()) {
    if (std::ranges::find(kNotOfRows, name) == std::end(kNotOfRows)) plan["--" + name] = value;
  }
  return plan;
}

std::string input_key(std::size_t index) { return fmt::format("input {}", index + 1); }

std::string plan_difference(const OrderedJson& before, const OrderedJson& now) {
  for (const OrderedJson* const plan : {&now, &before}) {
    for (const auto& [key, value] : plan->items()) {
      const OrderedJson was = before.value(key, OrderedJson()), is = now.value(key, OrderedJson());
      if (was != is) return fmt::format("{} changed from {} to {}", key, was.dump(), is.dump());
    }
  }
  return "";
}

std::uint64_t segment_bytes(const PreprocessOptions& options, const std::vector<Manifest::Input>& inputs) {
  if (options.segment_bytes > 0) return options.segment_bytes;
  const std::uint64_t total =
      std::accumulate(inputs.begin(), inputs.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const Manifest::Input& input) { return sum + input.size; });
  return std::max(kSmallestSegment, total / kMostSegments);
}

}  // namespace hone
