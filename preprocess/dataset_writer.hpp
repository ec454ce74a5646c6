#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dataset/part_writer.hpp"
#include "preprocess/output_folder.hpp"
#include "preprocess/row_counts.hpp"
#include "preprocess/row_shuffle.hpp"
#include "preprocess/shown_rows.hpp"

namespace hone {

/// Writes one dataset folder: its rows as they come or shuffled, its tokenizer, its manifest.
class DatasetWriter {
 public:
  /// `made_with` is the manifest as far as it is known; the first `show` rows are kept to be shown.
  DatasetWriter(OutputFolder& output, const Manifest& made_with, std::int64_t show)
      : output_(output), manifest_(made_with), parts_(output.path(), made_with), shown_(show) {}

  /// Before the first row; as RowShuffle.
  void shuffle(const std::filesystem::path& folder, std::uint64_t seed, std::uint64_t bytes) {
    shuffle_.emplace(folder, seed, bytes);
  }
  /// `nth` is as RowPlace has it. Throws Error(kRunTimeFailure) when the disk is full.
  void add(const Row& row, std::uint8_t notes, std::uint32_t nth);

  /// Writes everything but the name: the folder of `tokenizer`, what was dropped, the inputs.
  void finish(const std::filesystem::path& tokenizer, const std::map<std::string, std::uint64_t>& dropped,
              const std::vector<Manifest::Input>& inputs);

  const RowCounts& counts() const { return counts_; }
  const ShownRows& shown() const { return shown_; }

 private:
  OutputFolder& output_;
  Manifest manifest_;
  PartWriter parts_;
  RowCounts counts_;
  ShownRows shown_;
  std::optional<RowShuffle> shuffle_;
};

}  // namespace hone
