#include "zero/unit_store.hpp"

#include <cmath>
#include <utility>

#include "comm/cuda_device.hpp"
#include "zero/sum_of_squares.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {
namespace {

// Each reduction in flight holds a unit's whole gradient; one behind the current one is enough to hide it.
constexpr std::size_t kReductionsInFlight = 2;

}  // namespace

UnitStore::UnitStore(std::vector<UnitSpec> table, Communicator& comm, const Sharding& sharding,
                     FourBitType type)
    : comm_(comm),
      sharding_(sharding),
      table_(std::move(table)),
      weights_(table_.size()),
      pool_(sharding.device) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    Unit& unit = units_.emplace_back(table_[i], weights_[i], comm, sharding_, pool_, type);
    if (unit.trained() != nullptr) trained_.push_back(unit.trained());
  }
}

void UnitStore::load(const ReadRange& read) {
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const AtUnit named(comm_.activity(), table_[i].name);
    units_[i].load(read);
  }
}

void UnitStore::prefetch(std::int64_t unit) {
  const AtUnit named(comm_.activity(), name_of(unit));
  at(unit).prefetch();
}

void UnitStore::acquire(std::int64_t unit) {
  comm_.activity().move_to(name_of(unit));
  at(unit).acquire();
}

void UnitStore::begin_gradient(std::int64_t unit) {
  if (TrainedGroup* const group = at(unit).trained()) group->begin_gradient();
}

void UnitStore::end_gradient(std::int64_t unit) {
  TrainedGroup* const group = at(unit).trained();
  if (group == nullptr) return;
  const AtUnit named(comm_.activity(), name_of(unit));
  group->end_gradient();
  if (!sharding_.gradients()) return;
  reducing_.push_back(group);
  while (reducing_.size() > kReductionsInFlight) {
    reducing_.front()->absorb_reduction();
    reducing_.pop_front();
  }
}

double UnitStore::finish_gradients() {
  reducing_.clear();
  double squares = 0;
  std::vector<Tensor> on_device;
  for (TrainedGroup* const group : trained_) {
    const AtUnit named(comm_.activity(), group->layout().unit().name);
    group->finish_gradient();
  }
  if (sharding_.host_optimizer && !sharding_.device.is_cpu()) synchronize_cuda_device();
  for (const TrainedGroup* const group : trained_) {
    if (group->gradient().is_cpu()) {
      squares += sum_of_squares(group->gradient());
    } else {
      on_device.push_back(group->gradient());
    }
  }
  if (!on_device.empty()) squares = sum_of_squares_any(on_device).item<double>();
  return std::sqrt(sharding_.optimizer() ? comm_.all_reduce_scalar(squares) : squares);
}

void UnitStore::publish(TrainedGroup& group) {
  const AtUnit named(comm_.activity(), group.layout().unit().name);
  group.publish();
}

void UnitStore::clear_gradients() {
  for (TrainedGroup* const group : trained_) group->clear_gradient();
}

Traffic UnitStore::traffic() const {
  Traffic traffic;
  for (const Unit& unit : units_) traffic += unit.traffic();
  return traffic;
}

std::int64_t UnitStore::resident_bytes(WeightRole role) const {
  std::int64_t bytes = 0;
  for (const Unit& unit : units_) bytes += unit.resident_bytes(role);
  return bytes;
}

void UnitStore::visit_parameters(const VisitParameter& visit) {
  for (TrainedGroup* const group : trained_) {
    const ShardLayout& layout = group->layout();
    const AtUnit named(comm_.activity(), layout.unit().name);
    Tensor whole = group->master();
    if (layout.ranks() > 1) {
      whole = pool_.take(layout.total(), at::kFloat);
      comm_.all_gather(const_buffer_of(group->master()), buffer_of(whole)).wait();
    }
    if (comm_.rank() == 0) {
      // Offsets don't depend on the rank count: a layout for one rank names each whole parameter's place.
      const ShardLayout whole_layout(layout.unit(), 1);
      const Tensor host = whole.to(at::kCPU);
      const float* const values = host.const_data_ptr<float>();
      for (const ShardSlice& slice : whole_layout.slices(0)) visit(*slice.part, values + slice.shard_offset);
    }
    if (layout.ranks() > 1) pool_.give(std::move(whole));
  }
}

}  // namespace hone
