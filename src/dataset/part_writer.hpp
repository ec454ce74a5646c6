#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "dataset/manifest.hpp"
#include "dataset/row.hpp"

namespace hone {

/// Writes the rows of a dataset into parts of a fixed number of tokens, in bounded memory. The bytes depend
/// on the rows and on what the dataset is made with alone. Parts bear temporary names until finish() knows
/// how many there are.
class PartWriter {
 public:
  static constexpr std::uint64_t kTokensPerPart = std::uint64_t{1} << 26;

  /// `made_with` is the manifest as far as it is known before the rows are: what part_attributes.hpp lists.
  PartWriter(std::filesystem::path folder, Manifest made_with,
             std::uint64_t tokens_per_part = kTokensPerPart);
  ~PartWriter();
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;

  /// Throws Error(kRunTimeFailure) when the disk is full; of a part that is closed with the next one.
  void append(const Row& row);
  /// Closes, syncs, names and hashes the parts; the manifest's entries.
  std::vector<Manifest::Part> finish();

 private:
  struct OpenPart;
  struct ClosedPart {
    Manifest::Part summary;            // `file` holds the temporary name
    std::future<std::string> sealing;  // gives its SHA-256 once the disk has it all
    void seal() {
      if (sealing.valid()) summary.sha256 = sealing.get();
    }
  };
  void close_part();

  std::filesystem::path folder_;
  Manifest made_with_;
  std::uint64_t tokens_per_part_;
  std::unique_ptr<OpenPart> part_;
  std::vector<ClosedPart> closed_;
};

/// part-00002-of-00004.h5
std::string part_name(std::size_t index, std::size_t count);

}  // namespace hone
