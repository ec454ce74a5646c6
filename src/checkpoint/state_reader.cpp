#include "checkpoint/state_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

#include "base/error.hpp"
#include "dataset/hdf5.hpp"

namespace hone {
namespace {

constexpr const char* kRemedy = "use another checkpoint";

std::int64_t numel(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

/// State files, opened when first asked for.
class StateReader::OpenFiles {
 public:
  const hdf5::File& get(const std::filesystem::path& path) {
    auto found = files_.find(path);
    if (found == files_.end()) found = files_.emplace(path, hdf5::open_file(path)).first;
    return found->second;
  }

 private:
  std::map<std::filesystem::path, hdf5::File> files_;
};

StateReader::StateReader(std::filesystem::path folder, const std::vector<StateFile>& files,
                         const Shapes& shapes)
    : folder_(std::move(folder)), open_(std::make_unique<OpenFiles>()) {
  for (const StateFile& file : files) {
    for (const StateRange& range : file.ranges) places_[range.name].push_back({range, file.file});
  }
  for (auto& [name, places] : places_) {
    if (!shapes.contains(name)) {
      fail_data(fmt::format("{}: {} holds the unlisted parameter {}", folder_.string(), places[0].file, name),
                "", kRemedy);
    }
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return a.range.offset < b.range.offset; });
  }
  for (const auto& [name, shape] : shapes) {
    std::int64_t end = 0;
    for (const Place& place : places_[name]) {
      if (place.range.offset != end || place.range.count <= 0) {
        fail_data(fmt::format("{}: elements of {} are there twice or not at all", folder_.string(), name),
                  fmt::format("after {} comes {} in {}", end, place.range.offset, place.file), kRemedy);
      }
      end += place.range.count;
    }
    if (end != numel(shape)) {
      fail_data(fmt::format("{}: {} is not there whole", folder_.string(), name),
                fmt::format("{} of {} elements", end, numel(shape)), kRemedy);
    }
  }
}

StateReader::~StateReader() = default;

void StateReader::read(StateKind kind, const std::string& name, std::int64_t offset, std::int64_t count,
                       float* out) const {
  const auto found = places_.find(name);
  if (found == places_.end())
    fail_data(fmt::format("{} holds no parameter {}", folder_.string(), name), "", kRemedy);
  const std::int64_t end = offset + count;
  for (const Place& place : found->second) {
    const std::int64_t first = std::max(offset, place.range.offset);
    const std::int64_t last = std::min(end, place.range.offset + place.range.count);
    if (first >= last) continue;
    const std::filesystem::path path = folder_ / place.file;
    const auto column = hdf5::Column<float>::open(open_->get(path), state_path(place.range, kind), path);
    column.read(static_cast<std::uint64_t>(first - place.range.offset),
                {out + (first - offset), static_cast<std::size_t>(last - first)});
    count -= last - first;
  }
  if (count != 0) fail_data(fmt::format("{}: {} ends early", folder_.string(), name), "", kRemedy);
}

void require_same_parameters(const StateReader::Shapes& wanted, const StateReader::Shapes& stored,
                             const std::filesystem::path& folder) {
  const std::string where = folder.string();
  for (const auto& [name, shape] : wanted) {
    const auto found = stored.find(name);
    if (found == stored.end())
      fail_data(fmt::format("{} has no state of {}", where, name), "this run trains it", kRemedy);
    if (found->second != shape) {
      fail_data(fmt::format("{} has {} with shape [{}]", where, name, fmt::join(found->second, ", ")),
                fmt::format("this run's is [{}]", fmt::join(shape, ", ")), kRemedy);
    }
  }
  for (const auto& [name, shape] : stored) {
    if (!wanted.contains(name))
      fail_data(fmt::format("{} has state of {}", where, name), "this run does not train it", kRemedy);
  }
}

}  // namespace hone
