#include "dataset/part_writer.hpp"

#include <fmt/format.h>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/read_again.hpp"
#include "base/sha256.hpp"
#include "dataset/content_digest.hpp"
#include "dataset/hdf5.hpp"
#include "dataset/part_attributes.hpp"

namespace hone {
namespace {

// Elements. A shuffled reader pays for a whole chunk (read and checksum) for every row, so chunks are not
// much longer than rows.
constexpr std::uint64_t kTokenChunk = std::uint64_t{1} << 14;
constexpr std::uint64_t kRowChunk = std::uint64_t{1} << 14;

}  // namespace

/// A part being written; values gather in memory until they fill a chunk.
struct PartWriter::OpenPart {
  template <typename T>
  struct Buffered {
    hdf5::Column<T> column;
    std::uint64_t limit;
    std::vector<T> values;

    Buffered(const hdf5::File& file, const char* name, std::uint64_t chunk)
        : column(hdf5::Column<T>::create(file, name, chunk)), limit(chunk) {
      values.reserve(chunk);
    }
    void push(const T& value) {
      values.push_back(value);
      if (values.size() >= limit) flush();
    }
    void push(const std::vector<T>& more) {
      values.insert(values.end(), more.begin(), more.end());
      if (values.size() >= limit) flush();
    }
    void flush() {
      column.append(values);
      values.clear();
    }
  };

  std::filesystem::path path;
  hdf5::File file;
  Buffered<std::uint32_t> tokens;
  Buffered<std::uint8_t> loss_mask;
  Buffered<std::uint64_t> offsets;
  Buffered<std::uint32_t> target_counts;
  Buffered<std::uint32_t> source_file;
  Buffered<std::uint64_t> source_line;
  ContentDigest digest;
  Manifest::Part summary;

  OpenPart(std::filesystem::path where, const Manifest& made_with)
      : path(std::move(where)),
        file(hdf5::create_file(path)),
        tokens(file, "tokens", kTokenChunk),
        loss_mask(file, "loss_mask", kTokenChunk),
        offsets(file, "offsets", kRowChunk),
        target_counts(file, "target_counts", kRowChunk),
        source_file(file, "source/file", kRowChunk),
        source_line(file, "source/line", kRowChunk) {
    offsets.push(0);
    write_part_attributes(file, made_with);
  }

  void finish() {
    tokens.flush();
    loss_mask.flush();
    offsets.flush();
    target_counts.flush();
    source_file.flush();
    source_line.flush();
    hdf5::write_attribute(file, "rows", summary.rows);
    hdf5::write_attribute(file, "tokens", summary.tokens);
    hdf5::write_attribute(file, "targets", summary.targets);
    summary.content_sha256 = digest.finish();
    hdf5::write_attribute(file, "content_sha256", summary.content_sha256);
    hdf5::flush_file(file, path);
  }
};

namespace {

// The disk takes what the processor hashes meanwhile.
std::string synced_sha256(const std::filesystem::path& path) {
  auto hash =
      std::async(std::launch::async, [&] { return read_again([&] { return sha256_of_file(path); }); });
  sync_to_disk(path);
  return hash.get();
}

}  // namespace

std::string part_name(std::size_t index, std::size_t count) {
  return fmt::format("part-{:05}-of-{:05}.h5", index, count);
}

PartWriter::PartWriter(std::filesystem::path folder, Manifest made_with, std::uint64_t tokens_per_part)
    : folder_(std::move(folder)), made_with_(std::move(made_with)), tokens_per_part_(tokens_per_part) {}

PartWriter::~PartWriter() = default;

void PartWriter::append(const Row& row) {
  if (part_ && part_->summary.tokens >= tokens_per_part_) close_part();
  if (!part_) {
    part_ = std::make_unique<OpenPart>(folder_ / fmt::format("part-{:05}.tmp", closed_.size()), made_with_);
  }
  HONE_ASSERT(!row.ids.empty() && row.ids.size() == row.loss_mask.size());
  const std::uint32_t targets = count_targets(row.loss_mask);
  part_->summary.rows += 1;
  part_->summary.tokens += row.ids.size();
  part_->summary.targets += targets;
  part_->digest.add(row);
  part_->tokens.push(row.ids);
  part_->loss_mask.push(row.loss_mask);
  part_->offsets.push(part_->summary.tokens);
  part_->target_counts.push(targets);
  part_->source_file.push(row.source_file);
  part_->source_line.push(row.source_line);
}

void PartWriter::close_part() {
  part_->finish();
  part_->summary.file = part_->path.filename().string();
  const std::filesystem::path path = part_->path;
  ClosedPart closed{part_->summary, {}};
  hdf5::File file = std::move(part_->file);
  part_.reset();  // columns close before their file
  hdf5::close_file(std::move(file), path);
  if (!closed_.empty()) closed_.back().seal();  // a slow disk isn't given more and more at once
  closed.sealing = std::async(std::launch::async, synced_sha256, path);
  closed_.push_back(std::move(closed));
}

std::vector<Manifest::Part> PartWriter::finish() {
  if (part_) close_part();
  std::vector<Manifest::Part> parts;
  for (ClosedPart& closed : closed_) {
    closed.seal();
    Manifest::Part& part = parts.emplace_back(std::move(closed.summary));
    const std::string name = part_name(parts.size() - 1, closed_.size());
    rename_durably(folder_ / part.file, folder_ / name);
    part.file = name;
    part.bytes = std::filesystem::file_size(folder_ / name);
  }
  return parts;
}

}  // namespace hone
