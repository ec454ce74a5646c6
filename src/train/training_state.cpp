#include "train/training_state.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "checkpoint/float_format.hpp"

namespace hone {
namespace {

// A rank's place in the layout of its shards: without sharding every rank holds the one shard.
int shard_of(const TrainedGroup& group, int rank) { return group.layout().ranks() > 1 ? rank : 0; }

bool masters_are_finite(const StateValues& state) {
  return all_finite(FloatFormat::kFloat32, state.values[static_cast<std::size_t>(StateKind::kMaster)],
                    state.range.count);
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
  std::int64_t total = 0;
  for (const StateValues& state : live) total += state.range.count;
  snapshot.memory =
      std::make_unique<ResidentMemory>(static_cast<std::size_t>(total) * kStateKinds.size() * sizeof(float));
  snapshot.state = live;
  const float* next = static_cast<const float*>(snapshot.memory->data());
  for (StateValues& state : snapshot.state) {
    for (const float*& values : state.values) {
      values = next;
      next += state.range.count;
    }
  }
}

void take_snapshot(const std::vector<StateValues>& live, StateSnapshot& snapshot) {
  if (snapshot.state.empty()) reserve_snapshot(live, snapshot);
  std::atomic<bool> finite = true;
  auto* const memory = static_cast<float*>(snapshot.memory->data());
  at::parallel_for(0, static_cast<std::int64_t>(live.size()), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const StateValues& from = live[static_cast<std::size_t>(i)];
      const StateValues& to = snapshot.state[static_cast<std::size_t>(i)];
      for (const StateKind kind : kStateKinds) {
        const auto k = static_cast<std::size_t>(kind);
        std::memcpy(memory + (to.values[k] - memory), from.values[k],
                    static_cast<std::size_t>(from.range.count) * sizeof(float));
      }
      if (!masters_are_finite(from)) finite = false;
    }
  });
  snapshot.finite = finite;
}

StateSnapshot without_copy(std::vector<StateValues> live) {
  const bool finite = std::all_of(live.begin(), live.end(), masters_are_finite);
  return {nullptr, std::move(live), finite};
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
    AdamW::State& moments = optimizer.states()[i];
    for (const ShardSlice& slice : group.layout().slices(shard_of(group, rank))) {
      const auto read = [&](StateKind kind, Tensor& flat) {
        reader.read(kind, slice.part->name, slice.part_offset, slice.count,
                    flat.mutable_data_ptr<float>() + slice.shard_offset);
      };
      read(StateKind::kExpAvg, moments.exp_avg);
      read(StateKind::kExpAvgSq, moments.exp_avg_sq);
    }
  }
}

}  // namespace hone
