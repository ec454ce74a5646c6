#include "preprocess/row_shuffle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hone {
namespace {

struct DrawnRow {
  std::uint64_t drawn = 0;
  RowPlace place;
  Row row;

  template <typename Archive>
  void archive(Archive& archive) {
    archive(drawn, place.nth, row);
    place.file = row.source_file;
    place.line = row.source_line;
  }
};

}  // namespace

RowShuffle::RowShuffle(std::filesystem::path folder, std::uint64_t seed, std::uint64_t bytes,
                       std::uint64_t bucket_bytes)
    : folder_(std::move(folder)),
      seed_(seed),
      buckets_(std::clamp<std::uint64_t>((bytes + bucket_bytes - 1) / bucket_bytes, 1, kMostBuckets)) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
}

std::filesystem::path RowShuffle::file_of(std::size_t bucket) const {
  return folder_ / fmt::format("bucket-{:04}", bucket);
}

void RowShuffle::add(const Row& row, std::uint32_t nth) {
  DrawnRow drawn{0, {row.source_file, row.source_line, nth}, row};
  drawn.drawn = draw(Draw::kShuffle, seed_, drawn.place);
  // The highest bits, scaled: bucket i holds smaller draws than bucket i + 1.
  const std::size_t index = static_cast<std::size_t>(((drawn.drawn >> 32) * buckets_.size()) >> 32);
  Bucket& bucket = buckets_[index];
  if (!bucket.file) bucket.file = std::make_unique<BinaryWriter>(file_of(index));
  (*bucket.file)(drawn);
  ++bucket.rows;
}

void RowShuffle::finish(const std::function<void(const Row&)>& take) {
  for (Bucket& bucket : buckets_) {
    if (bucket.file) bucket.file->close();
    bucket.file.reset();
  }
  for (std::size_t index = 0; index < buckets_.size(); ++index) {
    if (buckets_[index].rows == 0) continue;
    std::vector<DrawnRow> rows(buckets_[index].rows);
    {
      BinaryReader file(file_of(index));
      for (DrawnRow& row : rows) file(row);
    }
    std::ranges::sort(rows, {}, [](const DrawnRow& row) { return std::pair(row.drawn, row.place); });
    for (const DrawnRow& row : rows) take(row.row);
    std::filesystem::remove(file_of(index));
  }
  std::filesystem::remove_all(folder_);
}

}  // namespace hone
