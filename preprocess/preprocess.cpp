#include "preprocess/preprocess.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "dataset/model_identity.hpp"
#include "dataset/part_writer.hpp"
#include "preprocess/block_processor.hpp"
#include "preprocess/ordered_pipeline.hpp"
#include "preprocess/progress.hpp"
#include "preprocess/summary.hpp"

namespace hone {
namespace {

constexpr std::size_t kBadLinesShown = 20;

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/// The dataset folder while it is being made: under a temporary name beside the final one, removed unless finished.
class OutputFolder {
 public:
  OutputFolder(std::filesystem::path final_path, bool overwrite) : final_(std::move(final_path)) {
    while (final_.filename().empty() && final_.has_parent_path()) final_ = final_.parent_path();
    if (std::filesystem::exists(final_) && !std::filesystem::is_empty(final_) && !overwrite) {
      fail_usage(fmt::format("--output {} already exists", final_.string()), "it is not empty",
                 "choose another folder, or say --overwrite_output_dir");
    }
    if (std::filesystem::exists(final_) && !std::filesystem::is_empty(final_) &&
        !std::filesystem::exists(final_ / "manifest.json")) {
      fail_usage(fmt::format("--output {} is not a dataset", final_.string()), "it has no manifest.json, so it is not overwritten",
                 "choose another folder");
    }
    temporary_ = final_;
    temporary_ += fmt::format(".tmp-{}", ::getpid());
    std::error_code error;
    std::filesystem::create_directories(temporary_, error);
    if (error) fail_usage(fmt::format("can't make --output {}", final_.string()), error.message(), "choose another folder");
  }
  ~OutputFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(temporary_, ignored);
  }
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void finish() {
    std::filesystem::remove_all(final_);
    std::filesystem::rename(temporary_, final_);
  }

 private:
  std::filesystem::path final_, temporary_;
};

/// Reads the inputs one after the other.
class InputSequence {
 public:
  explicit InputSequence(const std::vector<std::string>& paths) : paths_(paths) {
    for (const std::string& path : paths) {
      const LineReader checked(path, 0);  // every path is looked at before any work
      inputs_.push_back({path, checked.size(), ""});
      total_bytes_ += checked.size();
    }
  }

  bool next(LineBlock& block) {
    while (next_ < paths_.size() || reader_) {
      if (!reader_) {
        reader_ = std::make_unique<LineReader>(paths_[next_], static_cast<std::uint32_t>(next_));
        ++next_;
      }
      if (reader_->next(block)) return true;
      inputs_[next_ - 1].sha256 = reader_->sha256();
      reader_.reset();
    }
    return false;
  }
  const std::vector<Manifest::Input>& inputs() const { return inputs_; }
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  const std::vector<std::string>& paths_;
  std::vector<Manifest::Input> inputs_;
  std::uint64_t total_bytes_ = 0;
  std::size_t next_ = 0;
  std::unique_ptr<LineReader> reader_;
};

std::string place_of(const PreprocessOptions& options, const RejectedLine& line) {
  return fmt::format("{}:{} (byte {})", options.inputs[line.file], line.line, line.byte);
}

void name_lines(const PreprocessOptions& options, const char* what, const std::vector<RejectedLine>& lines) {
  for (std::size_t i = 0; i < std::min(kBadLinesShown, lines.size()); ++i) {
    log::warn("{} {}: {}", what, place_of(options, lines[i]), lines[i].reason);
  }
  if (lines.size() > kBadLinesShown) log::warn("... and {} more", lines.size() - kBadLinesShown);
}

void write_rejected(const std::filesystem::path& folder, const PreprocessOptions& options, const std::vector<RejectedLine>& lines) {
  if (lines.empty()) return;
  std::ofstream file(folder / "rejected.jsonl");
  for (const RejectedLine& line : lines) {
    file << OrderedJson{{"file", options.inputs[line.file]}, {"line", line.line}, {"byte", line.byte}, {"reason", line.reason}}.dump(
                -1, ' ', false, OrderedJson::error_handler_t::replace)
         << "\n";
  }
  if (!file.flush()) fail_run("can't write rejected.jsonl", "", "check free space and quota");
}

}  // namespace

ExitCode preprocess(const PreprocessOptions& options) {
  const ChatTemplate chat_template = choose_template(options.chat_template, options.tokenizer, options.system_prompt);
  InputSequence inputs(options.inputs);
  const TokenizerModel tokenizer(options.tokenizer);
  const std::uint32_t turn_end_id = RowEncoder(tokenizer, chat_template, options.loss).turn_end_id();
  OutputFolder output(options.output, options.overwrite_output_dir);
  const int threads = options.threads > 0 ? options.threads : usable_cores();
  log::info("hone-preprocess {} ({}), {} thread{}, template {}, loss {}", kVersion, kGitHash, threads, threads == 1 ? "" : "s",
            chat_template.name, name_of(options.loss));

  PartWriter writer(output.path());
  Summary summary;
  Progress progress(inputs.total_bytes());
  run_ordered<LineBlock, BlockResult>(
      threads, [&](LineBlock& block) { return inputs.next(block); },
      [&]() -> std::function<BlockResult(LineBlock&)> {
        const auto processor = std::make_shared<BlockProcessor>(tokenizer, chat_template, options);
        return [processor](LineBlock& block) { return processor->process(block); };
      },
      [&](const BlockResult& result) {
        summary.add(result);
        for (const Row& row : result.rows) writer.append(row);
        progress.advance(result.bytes, result.rows.size());
      });
  progress.finish();

  name_lines(options, "bad line", summary.bad_lines());
  name_lines(options, "overlong row", summary.overlong_rows());
  if (!summary.bad_lines().empty() && options.on_bad_line == BadLinePolicy::kStop) {
    fail_data(fmt::format("{} bad line{} in the input, nothing was written", summary.bad_lines().size(), summary.bad_lines().size() == 1 ? "" : "s"),
              fmt::format("the first is {}: {}", place_of(options, summary.bad_lines().front()), summary.bad_lines().front().reason),
              "mend them, or say --on_bad_line skip");
  }
  if (!summary.overlong_rows().empty()) {
    const RejectedLine& first = summary.overlong_rows().front();
    fail_data(fmt::format("{} rows are longer than --model_max_length {}, nothing was written", summary.overlong_rows().size(), options.model_max_length),
              fmt::format("the first is {}: {}", place_of(options, first), first.reason), "raise the limit, or choose another --overlong");
  }
  Manifest manifest;
  manifest.counts = summary.counts();
  summary.print(options.model_max_length);
  for (const auto& [reason, line] : summary.first_dropped()) log::info("  dropped for {}: first at {}", reason, place_of(options, line));
  if (manifest.counts.rows == 0) {
    fail_data("no row is left, nothing was written", summary.dropped_text(), "check the input and --model_max_length");
  }
  manifest.tool_version = fmt::format("{} ({})", kVersion, kGitHash);
  manifest.tokenizer_sha256 = tokenizer_sha256(options.tokenizer);
  manifest.chat_template = {chat_template.name, chat_template.model_template_sha256, chat_template.default_system.value_or(""), turn_end_id};
  manifest.loss = name_of(options.loss);
  manifest.model_max_length = static_cast<std::uint64_t>(options.model_max_length);
  manifest.max_id = summary.max_id();
  manifest.inputs = inputs.inputs();
  manifest.parts = writer.finish();
  write_rejected(output.path(), options, summary.bad_lines());
  std::filesystem::create_directories(output.path() / "tokenizer");
  std::filesystem::copy_file(std::filesystem::path(options.tokenizer) / "tokenizer.json", output.path() / "tokenizer" / "tokenizer.json");
  write_manifest(output.path(), manifest);
  output.finish();
  log::info("wrote      {}", options.output);
  return ExitCode::kDone;
}

}  // namespace hone
