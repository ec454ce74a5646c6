#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "dataset/hdf5.hpp"
#include "dataset/manifest.hpp"
#include "dataset/row.hpp"

namespace hone {

/// How much of a dataset is looked at when it is opened.
enum class DatasetCheck {
  kStructure,  // parts present, sizes, counts, offsets
  kContents,   // also the SHA-256 of every part
};

/// A complete dataset folder, read row by row. Lengths and target counts are in memory, tokens stay on disk.
class Dataset {
 public:
  /// Throws Error(kData) naming the part and the reason: missing, changed, cut short, from another run, not
  /// in the manifest.
  static Dataset open(const std::filesystem::path& folder, DatasetCheck check = DatasetCheck::kStructure);

  const std::filesystem::path& folder() const { return folder_; }
  const Manifest& manifest() const { return manifest_; }
  std::int64_t rows() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Tokens and targets of each row.
  std::span<const std::uint32_t> lengths() const { return lengths_; }
  std::span<const std::uint32_t> target_counts() const { return target_counts_; }

  /// Throws Error(kData) when the part fails its checksum or was cut short since it was opened.
  void read_row(std::int64_t row, std::vector<std::uint32_t>& ids,
                std::vector<std::uint8_t>& loss_mask) const;
  /// The same with where the row comes from, which must be one of the manifest's inputs.
  void read_row(std::int64_t row, Row& out) const;
  /// Of each row the input that it comes from, as an index into the manifest's. Throws Error(kData) as
  /// read_row does.
  std::vector<std::uint32_t> source_files() const;

 private:
  struct Part {
    hdf5::File file;
    hdf5::Column<std::uint32_t> tokens;
    hdf5::Column<std::uint8_t> loss_mask;
    hdf5::Column<std::uint32_t> source_file;
    hdf5::Column<std::uint64_t> source_line;
    std::int64_t first_row = 0;
    std::uint64_t bytes = 0;  // of the file
    std::filesystem::path path;
  };
  void open_part(const Manifest::Part& entry, DatasetCheck check);
  const Part& part_of(std::int64_t row) const;
  void require_input(std::uint32_t source_file, std::int64_t row, const Part& part) const;

  std::filesystem::path folder_;
  Manifest manifest_;
  std::vector<Part> parts_;
  std::vector<std::uint64_t> starts_;  // of each row, in its part's tokens
  std::vector<std::uint32_t> lengths_, target_counts_;
};

}  // namespace hone
