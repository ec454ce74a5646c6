#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/state_range.hpp"
#include "comm/test_session.hpp"
#include "optim/adamw.hpp"
#include "zero/unit_store.hpp"

namespace hone {

inline WeightSpec weight(const std::string& key, bool decay, std::int64_t rows, std::int64_t columns) {
  return {key, {{key + ".a", {rows, columns}}, {key + ".b", {1, columns}}}, {rows + 1, columns}, decay};
}

inline std::vector<UnitSpec> table() {
  return {{"first", {weight("embed", true, 11, 3)}},
          {"second", {weight("norm", false, 1, 7), weight("up", true, 13, 5), weight("down", true, 2, 100)}}};
}

/// Every element of every kind has a value of its own.
inline float value_of(const std::string& name, StateKind kind, std::int64_t element) {
  return static_cast<float>(element + 1) + 1000.0F * static_cast<float>(std::hash<std::string>{}(name) % 97) +
         0.25F * static_cast<float>(kind);
}

/// Units and moments of one stage, on every rank of the session.
struct Training {
  explicit Training(int stage, at::ScalarType storage = at::kFloat)
      : units(table(), comm, Sharding{stage, comm.size(), storage, at::kFloat}), adamw(units.trained(), {}) {}

  void fill() {
    units.load([](const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = value_of(part.name, StateKind::kMaster, offset + i);
    });
    each_moment([](const ShardSlice& slice, StateKind kind, float* values) {
      for (std::int64_t i = 0; i < slice.count; ++i)
        values[i] = value_of(slice.part->name, kind, slice.part_offset + i);
    });
  }

  template <typename Visit>
  void each_moment(Visit visit) {
    for (std::size_t i = 0; i < units.trained().size(); ++i) {
      const ShardLayout& layout = units.trained()[i]->layout();
      for (const ShardSlice& slice : layout.slices(layout.ranks() > 1 ? comm.rank() : 0)) {
        visit(slice, StateKind::kExpAvg,
              adamw.states()[i].exp_avg.mutable_data_ptr<float>() + slice.shard_offset);
        visit(slice, StateKind::kExpAvgSq,
              adamw.states()[i].exp_avg_sq.mutable_data_ptr<float>() + slice.shard_offset);
      }
    }
  }

  Communicator& comm = test_session().communicator();
  UnitStore units;
  AdamW adamw;
};

}  // namespace hone
