#include "preprocess/preprocess.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/cores.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "dataset/model_identity.hpp"
#include "dataset/part_writer.hpp"
#include "preprocess/block_processor.hpp"
#include "preprocess/input_sequence.hpp"
#include "preprocess/ordered_pipeline.hpp"
#include "preprocess/output_folder.hpp"
#include "preprocess/progress.hpp"
#include "preprocess/reject_log.hpp"
#include "preprocess/shown_rows.hpp"
#include "preprocess/summary.hpp"

namespace hone {
namespace {

constexpr std::uint64_t kMostNamed = 20;  // bad lines; rejected.jsonl lists them all

void warn_beyond_positions(const PreprocessOptions& options) {
  const auto positions = max_position_embeddings(options.tokenizer);
  if (!positions || options.model_max_length <= *positions) return;
  log::warn("--model_max_length {} exceeds max_position_embeddings {} of {}; hone-train refuses longer rows",
            options.model_max_length, *positions,
            (std::filesystem::path(options.tokenizer) / "config.json").string());
}

// -1 with a warning where answers end with no special token.
std::int64_t checked_turn_end_id(const TokenizerModel& tokenizer, const ChatTemplate& chat_template,
                                 const PlainTextFrame& frame, LossPolicy loss) {
  if (!chat_template.built_in && !chat_template.program) return frame.end ? std::int64_t{*frame.end} : -1;
  if (chat_template.built_in) return RowEncoder(tokenizer, chat_template, loss).turn_end_id();
  const std::int64_t id = turn_end_id(tokenizer, chat_template);
  if (id < 0) {
    log::warn(
        "template {} ends an answer with no special token of the tokenizer; a model won't learn to stop",
        chat_template.name);
  }
  return id;
}

}  // namespace

ExitCode preprocess(const PreprocessOptions& options) {
  const ChatTemplate chat_template =
      choose_template(options.chat_template, options.tokenizer, options.system_prompt);
  InputSequence inputs(options);
  const TokenizerModel tokenizer(options.tokenizer);
  const PlainTextFrame frame =
      inputs.may_be_plain() ? plain_text_frame(options.tokenizer, tokenizer) : PlainTextFrame{};
  warn_beyond_positions(options);
  const std::int64_t end_id = checked_turn_end_id(tokenizer, chat_template, frame, options.loss);
  OutputFolder output(options.output, options.overwrite_output_dir ? OutputFolder::Existing::kReplace
                                                                   : OutputFolder::Existing::kRefuse);
  const int threads = options.threads > 0 ? options.threads : affinity_cores();
  log::info("hone-preprocess {} ({}), {} thread{}, template {}, loss {}", kVersion, kGitHash, threads,
            threads == 1 ? "" : "s", chat_template.name, name_of(options.loss));

  Manifest manifest;
  manifest.tool_version = fmt::format("{} ({})", kVersion, kGitHash);
  manifest.tokenizer_sha256 = tokenizer_sha256(options.tokenizer);
  manifest.chat_template = {chat_template.name, chat_template.model_template_sha256,
                            chat_template.default_system, end_id};
  manifest.loss = name_of(options.loss);
  manifest.thinking = name_of(options.thinking);
  manifest.model_max_length = static_cast<std::uint64_t>(options.model_max_length);
  PartWriter writer(output.path(), manifest);
  Summary summary;
  UnknownKeys unknown_keys;
  // A run that stops leaves no folder, and its list beside.
  const bool stop = options.on_bad_line == BadLinePolicy::kStop;
  const std::filesystem::path stopped_list = output.beside(".rejected.jsonl");
  std::filesystem::remove(stopped_list);
  const std::filesystem::path list = stop ? stopped_list : output.path() / "rejected.jsonl";
  RejectLog bad_lines("bad line", options.inputs, list, kMostNamed);
  RejectLog overlong_rows("overlong row", options.inputs, "", std::numeric_limits<std::uint64_t>::max());
  ShownRows shown(options.show);
  bool told_time = false;
  Progress progress(inputs.total_bytes());
  run_ordered<LineBlock, BlockResult>(
      threads, [&](LineBlock& block) { return inputs.next(block); },
      [&]() -> std::function<BlockResult(LineBlock&)> {
        const auto processor = std::make_shared<BlockProcessor>(tokenizer, chat_template, frame, options);
        return [processor](LineBlock& block) { return processor->process(block); };
      },
      [&](const BlockResult& result) {
        summary.add(result, options.weights);
        bad_lines.add(result.bad);
        unknown_keys.add(result.unknown_keys);
        overlong_rows.add(result.overlong);
        told_time = told_time || result.told_time;
        for (const Row& row : result.rows) {
          for (std::uint64_t copies = options.weights.copies(row); copies > 0; --copies) {
            writer.append(row);
            shown.add(row);
          }
        }
        progress.advance(result.bytes, result.rows.size());
      },
      [](const LineBlock& block) { return block.text.size(); });
  progress.finish();

  bad_lines.finish();
  if (stop && bad_lines.count() > 0) {
    fail_data(fmt::format("{} bad line{} in the input, no dataset was written", bad_lines.count(),
                          bad_lines.count() == 1 ? "" : "s"),
              fmt::format("the first is {}", bad_lines.first()),
              fmt::format("mend them ({} lists all), or say --on_bad_line skip", stopped_list.string()));
  }
  if (overlong_rows.count() > 0) {
    fail_data(
        fmt::format("{} row{} longer than --model_max_length {}, nothing was written", overlong_rows.count(),
                    overlong_rows.count() == 1 ? " is" : "s are", options.model_max_length),
        fmt::format("the first is {}", overlong_rows.first()),
        "raise the limit, or choose another --overlong");
  }
  manifest.counts = summary.counts();
  summary.print(options.model_max_length);
  for (const auto& [reason, line] : summary.first_dropped())
    log::info("  dropped for {}: first at {}", reason, place_of(options.inputs, line));
  if (manifest.counts.rows == 0) {
    fail_data("no row is left, nothing was written", summary.dropped_text(),
              "check the input and --model_max_length");
  }
  manifest.max_id = summary.max_id();
  manifest.inputs = inputs.inputs();
  manifest.parts = writer.finish();
  std::filesystem::create_directories(output.path() / "tokenizer");
  std::filesystem::copy_file(std::filesystem::path(options.tokenizer) / "tokenizer.json",
                             output.path() / "tokenizer" / "tokenizer.json");
  write_manifest(output.path(), manifest);
  output.finish();
  log::info("wrote      {}", options.output);
  if (told_time) {
    log::warn(
        "the template writes the date of this run into rows; set SOURCE_DATE_EPOCH for the same rows on "
        "another day");
  }
  unknown_keys.warn(options.inputs);
  shown.print(tokenizer, options.inputs);
  return ExitCode::kDone;
}

}  // namespace hone
