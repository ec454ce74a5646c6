#pragma once

#include <optional>

#include "zero/frozen_group.hpp"
#include "zero/quantised_group.hpp"
#include "zero/traffic.hpp"
#include "zero/trained_group.hpp"

namespace hone {

/// The weights of one unit (embedding, a block, the head) as one rank holds them, one group for each role.
class Unit {
 public:
  /// `weights` receives the unit's weights by key; `type` is what quantised ones are kept in. The references
  /// must outlive the unit.
  Unit(const UnitSpec& spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
       BufferPool& pool, FourBitType type);

  /// Null where nothing of the unit is trained.
  TrainedGroup* trained() { return trained_ ? &*trained_ : nullptr; }

  /// Fills every group; all ranks call it together.
  void load(const ReadRange& read);

  void prefetch();
  void acquire();
  void release();

  /// What the unit's collectives carried so far.
  Traffic traffic() const;
  /// Bytes of the values of one role that stay in this rank's memory; of trained ones without masters beside
  /// them.
  std::int64_t resident_bytes(WeightRole role) const;

 private:
  Communicator& comm_;
  std::optional<TrainedGroup> trained_;
  std::optional<FrozenGroup> frozen_;
  std::optional<QuantisedGroup> quantised_;
};

}  // namespace hone
