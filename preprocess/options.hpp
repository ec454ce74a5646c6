#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "preprocess/formats/row_format.hpp"
#include "preprocess/input_weights.hpp"
#include "preprocess/loss_policy.hpp"
#include "preprocess/slice.hpp"
#include "preprocess/thinking.hpp"

namespace hone {

enum class OverlongPolicy { kDrop, kTruncate, kError };
enum class BadLinePolicy { kStop, kSkip };

struct PreprocessOptions {
  std::string tokenizer;            // Hugging Face folder
  std::vector<std::string> inputs;  // files in order, patterns expanded; "-" is standard input
  std::optional<RowFormat> format;  // nothing: recognised for each input
  Columns columns;
  InputWeights weights;
  std::string output;                  // dataset folder
  std::string chat_template = "auto";  // auto, jinja, qwen_sft, chatml, none, or a file
  std::optional<std::string> system_prompt;
  LossPolicy loss = LossPolicy::kAssistant;
  ThinkingPolicy thinking = ThinkingPolicy::kKeep;
  std::int64_t model_max_length = 512;  // tokens
  OverlongPolicy overlong = OverlongPolicy::kTruncate;
  BadLinePolicy on_bad_line = BadLinePolicy::kStop;
  int threads = 0;  // 0: the cores this process may use
  bool overwrite_output_dir = false;
  std::int64_t show = 0;  // rows printed at the end

  bool deduplicate = false;
  std::optional<double> eval_fraction;     // of the rows, held out
  std::optional<std::uint64_t> eval_rows;  // the same, as a count
  std::string eval_output;                 // dataset folder for them; empty: none are held out
  std::uint64_t split_seed = 42;
  std::optional<std::uint64_t> shuffle_seed;  // nothing: rows keep the order of the inputs

  std::uint64_t segment_bytes =
      0;                       // of an input that are encoded and kept as a whole; 0: by the inputs' size
  std::optional<Slice> slice;  // nothing: all
  bool finish = false;         // joins what slices have made
};

const char* name_of(LossPolicy loss);
const char* name_of(ThinkingPolicy thinking);

/// The options by the names of their flags; a system prompt that was not given is null.
OrderedJson to_json(const PreprocessOptions& options);

/// Reads the command line of hone-preprocess. Nothing when --help, --version or --print_config was answered;
/// the last needs neither a tokenizer, an input nor an output.
/// Throws Error(kUsage), with the nearest name for an unknown flag.
std::optional<PreprocessOptions> parse_preprocess_command_line(int argc, const char* const* argv,
                                                               const std::string& version);

}  // namespace hone
