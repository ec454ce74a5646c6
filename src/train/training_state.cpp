#include "train/training_state.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "checkpoint/float_format.hpp"
#include "zero/host_values.hpp"

namespace hone {
namespace {

// A rank's place in the layout of its shards: without sharding every rank holds the one shard.
int shard_of(const TrainedGroup& group, int rank) { return group.layout().ranks() > 1 ? rank : 0; }

bool masters_are_finite(const StateValues& state) {
  return all_finite(FloatFormat::kFloat32, state.values[static_cast<std::size_t>(StateKind::kMaster)],
                    state.range.count);
}

// By all threads: training waits for it.
bool are_finite(const std::vector<StateValues>& all) {
  std::atomic<bool> finite = true;
  at::parallel_for(0, static_cast<std::int64_t>(all.size()), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      if (!masters_are_finite(all[static_cast<std::size_t>(i)])) finite = false;
    }
  });
  return finite;
}

// copy(to, from, bytes) for each kind of what `from`, range `index` of the snapshot, holds.
template <typename Copy>
void for_each_copy(const StateValues& from, const StateSnapshot& snapshot, std::size_t index,
                   const Copy& copy) {
  auto* const memory = static_cast<float*>(snapshot.memory->data());
  const StateValues& to = snapshot.state[index];
  for (const StateKind kind : kStateKinds) {
    const auto k = static_cast<std::size_t>(kind);
    copy(memory + (to.values[k] - memory), from.values[k],
         static_cast<std::size_t>(from.range.count) * sizeof(float));
  }
}

std::int64_t bytes_of(const std::vector<StateValues>& live) {
  std::int64_t elements = 0;
  for (const StateValues& state : live) elements += state.range.count;
  return elements * static_cast<std::int64_t>(kStateKinds.size() * sizeof(float));
}

void copy_from_device(const std::vector<StateValues>& live, StateSnapshot& snapshot) {
  if (!snapshot.pinned)
    snapshot.pinned = std::make_unique<PinnedMemory>(snapshot.memory->data(), bytes_of(live));
  for (std::size_t i = 0; i < live.size(); ++i) {
    for_each_copy(live[i], snapshot, i, [](float* to, const float* values, std::size_t bytes) {
      start_copy_to_host(to, values, static_cast<std::int64_t>(bytes));
    });
  }
  synchronize_cuda_device();
}

}  // namespace

std::vector<StateValues> state_to_write(UnitStore& units, AdamW& optimizer, int rank, int ranks) {
  std::vector<StateValues> result;
  for (std::size_t i = 0; i < units.trained().size(); ++i) {
    const TrainedGroup& group = *units.trained()[i];
    const AdamW::State& moments = optimizer.states()[i];
    const ShardLayout written(group.layout().unit(), ranks);
    // Weights lie at the same place of the flat buffer for any rank count.
    const std::int64_t begin = written.shard_begin(rank) - group.layout().shard_begin(shard_of(group, rank));
    for (const ShardSlice& slice : written.slices(rank)) {
      const auto values = [&](const Tensor& flat) {
        return flat.const_data_ptr<float>() + begin + slice.shard_offset;
      };
      result.push_back({{slice.part->name, slice.part_offset, slice.count},
                        {values(group.master()), values(moments.exp_avg), values(moments.exp_avg_sq)}});
    }
  }
  return result;
}

void reserve_snapshot(const std::vector<StateValues>& live, StateSnapshot& snapshot) {
  snapshot.memory = std::make_unique<ResidentMemory>(static_cast<std::size_t>(bytes_of(live)));
  snapshot.state = live;
  const float* next = static_cast<const float*>(snapshot.memory->data());
  for (StateValues& state : snapshot.state) {
    for (const float*& values : state.values) {
      values = next;
      next += state.range.count;
    }
  }
}

void take_snapshot(const std::vector<StateValues>& live, StateSnapshot& snapshot, DeviceKind place) {
  if (snapshot.state.empty()) reserve_snapshot(live, snapshot);
  if (place == DeviceKind::kCuda) {
    copy_from_device(live, snapshot);
    snapshot.finite = are_finite(snapshot.state);
    return;
  }
  std::atomic<bool> finite = true;
  at::parallel_for(0, static_cast<std::int64_t>(live.size()), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const StateValues& from = live[static_cast<std::size_t>(i)];
      for_each_copy(
          from, snapshot, static_cast<std::size_t>(i),
          [](float* to, const float* values, std::size_t bytes) { std::memcpy(to, values, bytes); });
      if (!masters_are_finite(from)) finite = false;
    }
  });
  snapshot.finite = finite;
}

StateSnapshot without_copy(std::vector<StateValues> live) {
  const bool finite = are_finite(live);
  return {nullptr, nullptr, std::move(live), finite};
}

void load_masters(UnitStore& units, const StateReader& reader) {
  for (TrainedGroup* const group : units.trained()) {
    group->load([&](const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) {
      reader.read(StateKind::kMaster, part.name, offset, count, out);
    });
  }
}

void load_moments(UnitStore& units, AdamW& optimizer, const StateReader& reader, int rank) {
  for (std::size_t i = 0; i < units.trained().size(); ++i) {
    const TrainedGroup& group = *units.trained()[i];
    const AdamW::State& moments = optimizer.states()[i];
    const HostValues exp_avg(moments.exp_avg), exp_avg_sq(moments.exp_avg_sq);
    for (const ShardSlice& slice : group.layout().slices(shard_of(group, rank))) {
      const auto read = [&](StateKind kind, const HostValues& flat) {
        reader.read(kind, slice.part->name, slice.part_offset, slice.count,
                    flat.data<float>() + slice.shard_offset);
      };
      read(StateKind::kExpAvg, exp_avg);
      read(StateKind::kExpAvgSq, exp_avg_sq);
    }
    exp_avg.write_back();
    exp_avg_sq.write_back();
  }
}

}  // namespace hone
