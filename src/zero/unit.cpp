#include "zero/unit.hpp"

namespace hone {

Unit::Unit(const UnitSpec& spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
           BufferPool& pool, FourBitType type) {
  const auto make = [&](auto& group, WeightRole role, auto... more) {
    UnitSpec part = with_role(spec, role);
    if (!part.weights.empty()) group.emplace(std::move(part), weights, comm, sharding, pool, more...);
  };
  make(trained_, WeightRole::kTrained);
  make(frozen_, WeightRole::kFrozen);
  make(quantised_, WeightRole::kQuantised, type);
}

void Unit::load(const ReadRange& read) {
  if (trained_) trained_->load(read);
  if (frozen_) frozen_->load(read);
  if (quantised_) quantised_->load(read);
}

void Unit::prefetch() {
  if (trained_) trained_->values().prefetch();
  if (frozen_) frozen_->values().prefetch();
  if (quantised_) quantised_->prefetch();
}

void Unit::acquire() {
  if (trained_) trained_->values().acquire();
  if (frozen_) frozen_->values().acquire();
  if (quantised_) quantised_->acquire();
}

void Unit::release() {
  if (trained_) trained_->values().release();
  if (frozen_) frozen_->values().release();
  if (quantised_) quantised_->release();
}

}  // namespace hone
