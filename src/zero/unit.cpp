#include "zero/unit.hpp"

namespace hone {

Unit::Unit(const UnitSpec& spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
           BufferPool& pool, FourBitType type)
    : comm_(comm) {
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
  comm_.begin_group();
  if (trained_) trained_->values().prefetch();
  if (frozen_) frozen_->values().prefetch();
  if (quantised_) quantised_->prefetch();
  comm_.end_group();
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

Traffic Unit::traffic() const {
  Traffic traffic;
  if (trained_) {
    traffic.all_gather += trained_->values().gathered_bytes();
    traffic.reduce += trained_->reduced_bytes();
  }
  if (frozen_) traffic.all_gather += frozen_->values().gathered_bytes();
  if (quantised_) {
    traffic.all_gather += quantised_->gathered_bytes();
    traffic.quantised_all_gather += quantised_->gathered_bytes();
  }
  return traffic;
}

std::int64_t Unit::resident_bytes(WeightRole role) const {
  switch (role) {
    case WeightRole::kTrained: return trained_ ? trained_->values().resident_bytes() : 0;
    case WeightRole::kFrozen: return frozen_ ? frozen_->values().resident_bytes() : 0;
    case WeightRole::kQuantised: return quantised_ ? quantised_->resident_bytes() : 0;
  }
  return 0;
}

}  // namespace hone
