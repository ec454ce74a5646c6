#include "preprocess/dataset_join.hpp"

#include <fmt/format.h>

#include <limits>
#include <tuple>

#include "base/log.hpp"
#include "base/number_text.hpp"
#include "preprocess/output_names.hpp"
#include "preprocess/segment_store.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostNamed = 20;  // bad lines; rejected.jsonl lists them all

// A run that stops leaves no folder, and its list beside.
fs::path list_of_rejected(const PreprocessOptions& options, const OutputFolder& output) {
  return options.on_bad_line == BadLinePolicy::kStop ? rejected_path(options.output)
                                                     : output.path() / "rejected.jsonl";
}

std::optional<HeldOut> held_out_by(const PreprocessOptions& options) {
  if (options.eval_rows) return HeldOut::rows(*options.eval_rows, options.split_seed);
  if (options.eval_fraction) return HeldOut::fraction(*options.eval_fraction, options.split_seed);
  return std::nullopt;
}

// About what the rows take, each as often as it is written.
std::uint64_t bytes_of_rows(const WorkFolder& work, const std::vector<Segment>& segments,
                            const InputWeights& weights) {
  double bytes = 0;
  for (std::size_t i = 0; i < segments.size(); ++i)
    bytes += static_cast<double>(fs::file_size(work.segment_file(i))) * weights.of(segments[i].file);
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

DatasetJoin::DatasetJoin(const PreprocessOptions& options, const WorkFolder& work,
                         const std::vector<Segment>& segments, OutputFolder& train, OutputFolder* eval)
    : options_(options),
      work_(work),
      segments_(segments),
      train_folder_(train),
      eval_folder_(eval),
      rejected_list_(list_of_rejected(options, train)),
      bad_lines_("bad line", options.inputs, rejected_list_, kMostNamed),
      overlong_("overlong row", options.inputs, "", std::numeric_limits<std::uint64_t>::max()),
      held_out_(held_out_by(options)) {}

bool DatasetJoin::needs_all_segments() const {
  return options_.shuffle_seed || (held_out_ && held_out_->needs_offers());
}

void DatasetJoin::begin(const Manifest& made_with) {
  choose_held_out();
  train_ = std::make_unique<DatasetWriter>(train_folder_, made_with, options_.show);
  if (eval_folder_ != nullptr) eval_ = std::make_unique<DatasetWriter>(*eval_folder_, made_with, 0);
  if (options_.shuffle_seed) {
    const std::uint64_t bytes = bytes_of_rows(work_, segments_, options_.weights);
    train_->shuffle(work_.path() / "shuffle", *options_.shuffle_seed, bytes);
    if (eval_) eval_->shuffle(work_.path() / "shuffle-eval", *options_.shuffle_seed, bytes);
  }
}

void DatasetJoin::add_segments() {
  read_segments(work_, 0, segments_.size(), [&](BlockResult& result) { add(result); });
}

void DatasetJoin::finish(std::vector<Manifest::Input> inputs) {
  refuse_rejected();
  print();
  refuse_empty();
  complete(inputs);
  train_->finish(options_.tokenizer, summary_.dropped(), inputs);
  if (eval_) eval_->finish(options_.tokenizer, {}, inputs);
}

// Which rows an exact number means shows when all have been seen.
void DatasetJoin::choose_held_out() {
  if (!held_out_ || !held_out_->needs_offers()) return;
  DuplicateFilter seen;
  SegmentLines lines;
  std::uint64_t rows = 0;
  read_segments(work_, 0, segments_.size(), [&](BlockResult& result) {
    lines.set_right(result);
    for_each_row(
        result, seen,
        [&](const Row& row, std::uint8_t) {
          held_out_->offer(row);
          ++rows;
        },
        nullptr);
  });
  if (*options_.eval_rows < rows) return;
  fail_usage(fmt::format("--eval_rows {} leaves nothing to train on", *options_.eval_rows),
             fmt::format("there are {} rows", rows), "hold out fewer");
}

void DatasetJoin::for_each_row(BlockResult& result, DuplicateFilter& seen, const TakeRow& take,
                               Summary* summary) const {
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    if (!options_.deduplicate || !seen.seen_before(result.rows[i])) {
      take(result.rows[i], result.notes[i]);
    } else if (summary != nullptr) {
      summary->add_duplicate(result.rows[i]);
    }
  }
}

void DatasetJoin::add(BlockResult& result) {
  lines_.set_right(result);
  summary_.add(result);
  bad_lines_.add(result.bad);
  overlong_.add(result.overlong);
  unknown_keys_.add(result.unknown_keys);
  told_time_ = told_time_ || result.told_time;
  for_each_row(result, seen_, [&](const Row& row, std::uint8_t notes) { add_row(row, notes); }, &summary_);
  if (!result.input_sha256.empty()) read_whole_[result.file] = {result.input_sha256, result.input_bytes};
}

void DatasetJoin::complete(std::vector<Manifest::Input>& inputs) const {
  for (std::uint32_t file = 0; file < inputs.size(); ++file) {
    if (const auto whole = read_whole_.find(file); whole != read_whole_.end()) {
      std::tie(inputs[file].sha256, inputs[file].size) = whole->second;
    } else {
      inputs[file].sha256 = work_.sha256_of_input(file).value();
    }
  }
}

void DatasetJoin::add_row(const Row& row, std::uint8_t notes) {
  if (row.source_file != last_.file || row.source_line != last_.line)
    last_ = {row.source_file, row.source_line, 0};
  const bool held_out = held_out_ && held_out_->contains(row);
  DatasetWriter& writer = held_out ? *eval_ : *train_;
  ++unweighed_rows_;
  unweighed_held_out_ += held_out ? 1 : 0;
  for (std::uint64_t copies = options_.weights.copies(row); copies > 0; --copies)
    writer.add(row, notes, last_.nth++);
}

void DatasetJoin::refuse_rejected() {
  bad_lines_.finish();
  // The list of an earlier run that stopped no longer holds.
  if (options_.on_bad_line != BadLinePolicy::kStop) remove_reject_list(rejected_path(options_.output));
  if (options_.on_bad_line == BadLinePolicy::kStop && bad_lines_.count() > 0) {
    fail_data(fmt::format("{} bad line{} in the input, no dataset was written", bad_lines_.count(),
                          bad_lines_.count() == 1 ? "" : "s"),
              fmt::format("the first is {}", bad_lines_.first()),
              fmt::format("mend them ({} lists all), or say --on_bad_line skip", rejected_list_.string()));
  }
  if (overlong_.count() > 0) {
    fail_data(
        fmt::format("{} row{} longer than --model_max_length {}, nothing was written", overlong_.count(),
                    overlong_.count() == 1 ? " is" : "s are", options_.model_max_length),
        fmt::format("the first is {}", overlong_.first()), "raise the limit, or choose another --overlong");
  }
}

void DatasetJoin::print() const {
  const RowCounts& rows = train_->counts();
  const std::uint64_t held_out = eval_ ? eval_->counts().counts().rows : 0;
  rows.print();
  if (options_.weights.any()) log::info("weights    made them of {} rows", count_text(unweighed_rows_));
  if (eval_) log::info("held out   {} rows more", count_text(held_out));
  summary_.print(unweighed_rows_);
  rows.print_lengths(options_.model_max_length);
  for (const auto& [reason, line] : summary_.first_dropped())
    log::info("  dropped for {}: first at {}:{}", reason, options_.inputs[line.file], line.line);
}

void DatasetJoin::refuse_empty() const {
  const std::uint64_t train = train_->counts().counts().rows;
  const std::uint64_t held_out = eval_ ? eval_->counts().counts().rows : 1;
  if (train > 0 && held_out > 0) return;
  const bool nowhere = !eval_ || train + held_out == 0;
  const std::uint64_t given = nowhere     ? unweighed_rows_
                              : train > 0 ? unweighed_held_out_
                                          : unweighed_rows_ - unweighed_held_out_;
  if (given > 0) {
    const char* const side = nowhere ? "" : train > 0 ? " for --eval_output" : " for --output";
    fail_data(fmt::format("no row is left{}, nothing was written", side),
              fmt::format("--weight takes none of {} rows", count_text(given)),
              "raise it, or give more rows");
  }
  if (nowhere) {
    fail_data("no row is left, nothing was written", summary_.dropped_text(),
              "check the input and --model_max_length");
  }
  fail_data(fmt::format("all {} rows fall {}, nothing was written", train + held_out,
                        train == 0 ? "to --eval_output" : "to --output"),
            "there are few of them", "say --eval_rows, or another --eval_fraction or --split_seed");
}

void DatasetJoin::print_rest(const TokenizerModel& tokenizer) const {
  if (told_time_) {
    log::warn(
        "the template writes the date of this run into rows; set SOURCE_DATE_EPOCH for the same rows on "
        "another day");
  }
  unknown_keys_.warn(options_.inputs);
  train_->shown().print(tokenizer, options_.inputs);
}

}  // namespace hone
