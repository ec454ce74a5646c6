#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "preprocess/binary_file.hpp"
#include "preprocess/row_draw.hpp"

namespace hone {

/// Puts rows into a random order that a seed gives, in bounded memory: rows go to buckets on disk by the
/// highest bits of what is drawn for each, then bucket after bucket is sorted. Every order is as likely as
/// any other, and the same seed gives the same order whatever the buckets.
class RowShuffle {
 public:
  static constexpr std::uint64_t kBucketBytes = std::uint64_t{256} << 20;
  static constexpr std::uint64_t kMostBuckets = 512;  // files that are open together

  /// `bytes` is about what the rows take; memory is a bucket's share of them. `folder` is for the buckets.
  RowShuffle(std::filesystem::path folder, std::uint64_t seed, std::uint64_t bytes,
             std::uint64_t bucket_bytes = kBucketBytes);

  /// `nth` is as RowPlace has it. Throws Error(kRunTimeFailure) when the disk is full.
  void add(const Row& row, std::uint32_t nth);
  /// Hands all rows on in their order; call once. Removes the buckets.
  void finish(const std::function<void(const Row&)>& take);

 private:
  struct Bucket {
    std::unique_ptr<BinaryWriter> file;
    std::uint64_t rows = 0;
  };
  std::filesystem::path file_of(std::size_t bucket) const;

  std::filesystem::path folder_;
  std::uint64_t seed_;
  std::vector<Bucket> buckets_;
};

}  // namespace hone
