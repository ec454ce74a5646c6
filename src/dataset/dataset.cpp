#include "dataset/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "dataset/part_attributes.hpp"

namespace hone {
namespace {

[[noreturn]] void fail_part(const std::filesystem::path& path, const std::string& why) {
  fail_data(fmt::format("{} does not belong to its dataset as it is", path.string()), why,
            "make the dataset again with hone-preprocess");
}

void require_equal(const std::filesystem::path& path, const char* what, std::uint64_t found,
                   std::uint64_t recorded) {
  if (found != recorded) fail_part(path, fmt::format("{} {}, the manifest says {}", found, what, recorded));
}

// A part of an earlier run that was left beside the present ones: a reader that goes by names would take it.
void refuse_unnamed_parts(const std::filesystem::path& folder, const Manifest& manifest) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool named = std::any_of(manifest.parts.begin(), manifest.parts.end(),
                                   [&](const Manifest::Part& part) { return part.file == name; });
    if (named || !name.starts_with("part-") || !name.ends_with(".h5")) continue;
    fail_data(fmt::format("{} is not in its dataset's manifest", entry.path().string()),
              "it is left over from another run",
              "remove it, or make the dataset again with hone-preprocess");
  }
}

template <typename T>
std::vector<T> read_all(const hdf5::Column<T>& column) {
  std::vector<T> values(column.size());
  column.read(0, values);
  return values;
}

}  // namespace

Dataset Dataset::open(const std::filesystem::path& folder, DatasetCheck check) {
  Dataset dataset;
  dataset.folder_ = folder;
  dataset.manifest_ = read_manifest(folder);
  for (const Manifest::Part& entry : dataset.manifest_.parts) dataset.open_part(entry, check);
  std::uint64_t tokens = 0, targets = 0;
  for (const Manifest::Part& entry : dataset.manifest_.parts) {
    tokens += entry.tokens;
    targets += entry.targets;
  }
  const std::filesystem::path manifest_path = folder / "manifest.json";
  const auto& counts = dataset.manifest_.counts;
  require_equal(manifest_path, "rows in its parts", static_cast<std::uint64_t>(dataset.rows()), counts.rows);
  require_equal(manifest_path, "tokens in its parts", tokens, counts.tokens);
  require_equal(manifest_path, "targets in its parts", targets, counts.targets);
  if (dataset.rows() == 0) {
    fail_data(fmt::format("{} holds no rows", folder.string()), "",
              "make the dataset again from data with usable rows");
  }
  refuse_unnamed_parts(folder, dataset.manifest_);
  return dataset;
}

void Dataset::open_part(const Manifest::Part& entry, DatasetCheck check) {
  const std::filesystem::path path = folder_ / entry.file;
  if (std::filesystem::path(entry.file).filename() != entry.file) {
    fail_data(fmt::format("{} names the part {}", (folder_ / "manifest.json").string(), entry.file),
              "parts lie in the folder itself", "make the dataset again with hone-preprocess");
  }
  if (!std::filesystem::is_regular_file(path)) {
    fail_data(fmt::format("{} is missing", path.string()), "the manifest names it",
              "copy the whole dataset folder");
  }
  require_equal(path, "bytes", std::filesystem::file_size(path), entry.bytes);
  if (check == DatasetCheck::kContents && sha256_of_file(path) != entry.sha256) {
    fail_part(path, "its SHA-256 differs from the manifest's");
  }
  Part part;
  part.file = hdf5::open_file(path);
  require_part_attributes(part.file, manifest_, path);
  if (hdf5::read_text_attribute(part.file, "content_sha256", path) != entry.content_sha256) {
    fail_part(path, "its rows are not those the manifest was written for: it comes from another run");
  }
  part.tokens = hdf5::Column<std::uint32_t>::open(part.file, "tokens", path);
  part.loss_mask = hdf5::Column<std::uint8_t>::open(part.file, "loss_mask", path);
  part.source_file = hdf5::Column<std::uint32_t>::open(part.file, "source/file", path);
  part.source_line = hdf5::Column<std::uint64_t>::open(part.file, "source/line", path);
  part.first_row = rows();
  part.bytes = entry.bytes;
  part.path = path;

  const auto offsets = read_all(hdf5::Column<std::uint64_t>::open(part.file, "offsets", path));
  const auto targets = read_all(hdf5::Column<std::uint32_t>::open(part.file, "target_counts", path));
  require_equal(path, "offsets", offsets.size(), entry.rows + 1);
  require_equal(path, "target counts", targets.size(), entry.rows);
  require_equal(path, "source lines", part.source_line.size(), entry.rows);
  require_equal(path, "source files", part.source_file.size(), entry.rows);
  require_equal(path, "tokens", part.tokens.size(), entry.tokens);
  require_equal(path, "mask values", part.loss_mask.size(), entry.tokens);
  require_equal(path, "as first offset", offsets.front(), 0);
  require_equal(path, "tokens by its offsets", offsets.back(), entry.tokens);
  std::uint64_t target_sum = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (offsets[i + 1] <= offsets[i] ||
        offsets[i + 1] - offsets[i] > std::numeric_limits<std::uint32_t>::max()) {
      fail_part(path, fmt::format("row {} has no valid length", i));
    }
    starts_.push_back(offsets[i]);
    lengths_.push_back(static_cast<std::uint32_t>(offsets[i + 1] - offsets[i]));
    target_sum += targets[i];
  }
  require_equal(path, "targets", target_sum, entry.targets);
  target_counts_.insert(target_counts_.end(), targets.begin(), targets.end());
  parts_.push_back(std::move(part));
}

const Dataset::Part& Dataset::part_of(std::int64_t row) const {
  HONE_ASSERT(row >= 0 && row < rows());
  const auto after =
      std::upper_bound(parts_.begin(), parts_.end(), row,
                       [](std::int64_t value, const Part& part) { return value < part.first_row; });
  return *(after - 1);
}

void Dataset::read_row(std::int64_t row, std::vector<std::uint32_t>& ids,
                       std::vector<std::uint8_t>& loss_mask) const {
  const Part& part = part_of(row);
  const auto index = static_cast<std::size_t>(row);
  ids.resize(lengths_[index]);
  loss_mask.resize(lengths_[index]);
  part.tokens.read(starts_[index], ids);
  part.loss_mask.read(starts_[index], loss_mask);
  // After the values: they are good only if the file was whole then.
  if (const std::uint64_t bytes = hdf5::bytes_on_disk(part.file, part.path); bytes != part.bytes) {
    fail_data(fmt::format("{} was changed while it is read", part.path.string()),
              fmt::format("it has {} bytes, {} when it was opened", bytes, part.bytes),
              "put the dataset back and start again");
  }
  if (count_targets(loss_mask) != target_counts_[index]) {
    fail_data(fmt::format("{}: row {} is damaged", folder_.string(), row),
              "its mask and its target count differ", "make the dataset again with hone-preprocess");
  }
}

void Dataset::read_row(std::int64_t row, Row& out) const {
  read_row(row, out.ids, out.loss_mask);
  const Part& part = part_of(row);
  const auto local = static_cast<std::uint64_t>(row - part.first_row);
  part.source_file.read(local, {&out.source_file, 1});
  part.source_line.read(local, {&out.source_line, 1});
  require_input(out.source_file, row, part);
}

std::vector<std::uint32_t> Dataset::source_files() const {
  std::vector<std::uint32_t> files;
  files.reserve(lengths_.size());
  for (const Part& part : parts_) {
    for (const std::uint32_t file : read_all(part.source_file)) {
      require_input(file, static_cast<std::int64_t>(files.size()), part);
      files.push_back(file);
    }
  }
  return files;
}

void Dataset::require_input(std::uint32_t source_file, std::int64_t row, const Part& part) const {
  if (source_file < manifest_.inputs.size()) return;
  fail_data(fmt::format("{} is damaged", part.path.string()),
            fmt::format("row {} comes from input {}, which the manifest doesn't have", row, source_file),
            "make the dataset again with hone-preprocess");
}

}  // namespace hone
