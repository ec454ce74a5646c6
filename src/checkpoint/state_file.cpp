#include "checkpoint/state_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/sha256.hpp"
#include "dataset/hdf5.hpp"

namespace hone {
namespace {

constexpr std::int64_t kChunk = 1 << 16;  // elements: what one checksum covers at most
constexpr std::int64_t kRun = 1 << 20;    // elements per call: the dataset's reader waits no longer than this

void write_values(const hdf5::File& file, const StateValues& state, StateKind kind) {
  const std::int64_t count = state.range.count;
  const float* const values = state.values[static_cast<std::size_t>(kind)];
  // HDF5 stores whole chunks: equal ones waste next to nothing.
  const std::int64_t chunks = (count + kChunk - 1) / kChunk;
  auto column = hdf5::Column<float>::create(file, state_path(state.range, kind),
                                            static_cast<std::uint64_t>((count + chunks - 1) / chunks));
  for (std::int64_t begin = 0; begin < count; begin += kRun) {
    column.append({values + begin, static_cast<std::size_t>(std::min(kRun, count - begin))});
  }
}

}  // namespace

std::string state_file_name(int rank, int ranks) {
  return fmt::format("state-{:05}-of-{:05}.h5", rank, ranks);
}

StateFile write_state_file(const std::filesystem::path& folder, int rank, int ranks, std::int64_t step,
                           const std::vector<StateValues>& state) {
  StateFile result;
  result.file = state_file_name(rank, ranks);
  const std::filesystem::path path = folder / result.file;
  hdf5::File file = hdf5::create_file(path);
  hdf5::write_attribute(file, "step", static_cast<std::uint64_t>(step));
  hdf5::write_attribute(file, "rank", static_cast<std::uint64_t>(rank));
  hdf5::write_attribute(file, "ranks", static_cast<std::uint64_t>(ranks));
  for (const StateValues& values : state) {
    for (const StateKind kind : kStateKinds) write_values(file, values, kind);
    result.ranges.push_back(values.range);
  }
  hdf5::close_file(std::move(file), path);
  sync_to_disk(path);
  result.bytes = std::filesystem::file_size(path);
  result.sha256 = sha256_of_file(path);
  return result;
}

std::string absence_of(const std::filesystem::path& folder, const StateFile& listed) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(folder / listed.file, error);
  if (error) return fmt::format("{} is missing", listed.file);
  if (bytes != listed.bytes)
    return fmt::format("{} has {} bytes, {} were written", listed.file, bytes, listed.bytes);
  return "";
}

std::string damage_of(const std::filesystem::path& folder, const StateFile& listed) {
  std::string absence = absence_of(folder, listed);
  if (!absence.empty()) return absence;
  if (sha256_of_file(folder / listed.file) != listed.sha256)
    return fmt::format("{} is damaged: its SHA-256 is not the one recorded", listed.file);
  return "";
}

}  // namespace hone
