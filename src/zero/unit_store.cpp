#include "zero/unit_store.hpp"

#include <cmath>
#include <utility>

#include "zero/sum_of_squares.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {
namespace {

// Each reduction in flight holds a unit's whole gradient; one behind the current one is enough to hide it.
constexpr std::size_t kReductionsInFlight = 2;

}  // namespace

UnitStore::UnitStore(std::vector<UnitSpec> table, Communicator& comm, const Sharding& sharding)
    : comm_(comm), sharding_(sharding), table_(std::move(table)), weights_(table_.size()) {
  for (std::size_t i = 0; i < table_.size(); ++i)
    units_.emplace_back(table_[i], weights_[i], comm, sharding, pool_);
}

void UnitStore::load(const Unit::ReadRange& read) {
  for (Unit& unit : units_) unit.load(read);
}

void UnitStore::end_gradient(std::int64_t unit) {
  at(unit).end_gradient();
  if (!sharding_.gradients()) return;
  reducing_.push_back(&at(unit));
  while (reducing_.size() > kReductionsInFlight) {
    reducing_.front()->absorb_reduction();
    reducing_.pop_front();
  }
}

double UnitStore::finish_gradients() {
  reducing_.clear();
  double squares = 0;
  for (Unit& unit : units_) {
    unit.finish_gradient();
    squares += sum_of_squares(unit.gradient());
  }
  return std::sqrt(sharding_.optimizer() ? comm_.all_reduce_scalar(squares) : squares);
}

void UnitStore::publish() {
  for (Unit& unit : units_) unit.publish();
}

void UnitStore::clear_gradients() {
  for (Unit& unit : units_) unit.clear_gradient();
}

void UnitStore::visit_parameters(const VisitParameter& visit) {
  for (Unit& unit : units_) {
    const ShardLayout& layout = unit.layout();
    Tensor whole = unit.master();
    if (layout.ranks() > 1) {
      whole = pool_.take(layout.total(), at::kFloat);
      comm_.all_gather(const_buffer_of(unit.master()), buffer_of(whole)).wait();
    }
    if (comm_.rank() == 0) {
      // Offsets don't depend on the rank count: a layout for one rank names each whole parameter's place.
      const ShardLayout whole_layout(layout.unit(), 1);
      const float* const values = whole.const_data_ptr<float>();
      for (const ShardSlice& slice : whole_layout.slices(0)) visit(*slice.part, values + slice.shard_offset);
    }
    if (layout.ranks() > 1) pool_.give(std::move(whole));
  }
}

}  // namespace hone
