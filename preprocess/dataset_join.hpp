#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "preprocess/dataset_writer.hpp"
#include "preprocess/duplicate_filter.hpp"
#include "preprocess/encoding.hpp"
#include "preprocess/held_out.hpp"
#include "preprocess/output_folder.hpp"
#include "preprocess/reject_log.hpp"
#include "preprocess/segment.hpp"
#include "preprocess/segment_lines.hpp"
#include "preprocess/summary.hpp"
#include "preprocess/unknown_keys.hpp"
#include "preprocess/work_folder.hpp"

namespace hone {

/// Makes the datasets of the encoded segments: names what was refused, drops duplicates, holds rows out,
/// shuffles. Depends on the segments' contents and on the options alone.
class DatasetJoin {
 public:
  /// All must outlive it; `eval` may be null.
  DatasetJoin(const PreprocessOptions& options, const WorkFolder& work, const std::vector<Segment>& segments,
              OutputFolder& train, OutputFolder* eval);

  /// Whether every segment must be in the work folder before begin(): what is drawn from all rows, or from
  /// how many there are, can't be told while they are made.
  bool needs_all_segments() const;
  /// Once, before the first row. Throws Error(kUsage) where --eval_rows leaves nothing to train on.
  void begin(const Manifest& made_with);
  /// The blocks of all segments, in order.
  void add(BlockResult& result);
  /// The blocks of all segments in the work folder.
  void add_segments();
  /// Writes everything but the final names. Throws Error(kData) for bad lines and overlong rows under the
  /// policies that stop, and where no row is left for a dataset, be it by the weights.
  void finish(std::vector<Manifest::Input> inputs);
  /// What the user is told once the datasets have their names.
  void print_rest(const TokenizerModel& tokenizer) const;

 private:
  using TakeRow = std::function<void(const Row&, std::uint8_t notes)>;
  void for_each_row(BlockResult& result, DuplicateFilter& seen, const TakeRow& take, Summary* summary) const;
  void choose_held_out();
  void add_row(const Row& row, std::uint8_t notes);
  void complete(std::vector<Manifest::Input>& inputs) const;
  void refuse_rejected();
  void refuse_empty() const;
  void print() const;

  const PreprocessOptions& options_;
  const WorkFolder& work_;
  const std::vector<Segment>& segments_;
  OutputFolder& train_folder_;
  OutputFolder* eval_folder_;
  std::filesystem::path rejected_list_;
  RejectLog bad_lines_, overlong_;
  SegmentLines lines_;
  /// Of inputs that were read whole: SHA-256 and bytes.
  std::map<std::uint32_t, std::pair<std::string, std::uint64_t>> read_whole_;
  Summary summary_;
  UnknownKeys unknown_keys_;
  bool told_time_ = false;
  std::optional<HeldOut> held_out_;
  DuplicateFilter seen_;
  RowPlace last_;                                              // of the row before
  std::uint64_t unweighed_rows_ = 0, unweighed_held_out_ = 0;  // the former are of both sides
  std::unique_ptr<DatasetWriter> train_, eval_;
};

}  // namespace hone
