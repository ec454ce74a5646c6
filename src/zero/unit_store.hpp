#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "model/weight_access.hpp"
#include "zero/unit.hpp"

namespace hone {

/// All units of a model on this rank: what the model asks for its weights, and what optimizer, loading and
/// saving work on. Every method that communicates is called by all ranks in the same order.
class UnitStore final : public WeightAccess {
 public:
  /// `type`: what quantised weights are kept in.
  UnitStore(std::vector<UnitSpec> table, Communicator& comm, const Sharding& sharding,
            FourBitType type = FourBitType::kNf4);

  std::vector<WeightSet>& weights() { return weights_; }
  /// What is trained, in the order of the units: optimizer and checkpoints work on these.
  const std::vector<TrainedGroup*>& trained() const { return trained_; }
  const std::vector<UnitSpec>& table() const { return table_; }

  void load(const ReadRange& read);

  void prefetch(std::int64_t unit) override;
  void acquire(std::int64_t unit) override;
  void release(std::int64_t unit) override { at(unit).release(); }
  void begin_gradient(std::int64_t unit) override;
  void end_gradient(std::int64_t unit) override;

  /// Completes the step's reductions; the L2 norm of the whole gradient, every parameter counted once.
  double finish_gradients();
  /// After the optimizer's step on a group of trained(): new values for the layers. All ranks in the same
  /// order.
  void publish(TrainedGroup& group);
  void clear_gradients();

  /// What the collectives of all units carried so far; visit_parameters() apart.
  Traffic traffic() const;
  /// Bytes of the values of one role that stay in this rank's memory.
  std::int64_t resident_bytes(WeightRole role) const;

  /// Gathers what is trained, one unit at a time, in fp32 and hands each named parameter to `visit`: on rank
  /// 0 only, whole and row-major.
  using VisitParameter = std::function<void(const WeightPart&, const float* values)>;
  void visit_parameters(const VisitParameter& visit);

 private:
  const std::string& name_of(std::int64_t unit) const { return table_[static_cast<std::size_t>(unit)].name; }
  Unit& at(std::int64_t unit) { return units_[static_cast<std::size_t>(unit)]; }

  Communicator& comm_;
  Sharding sharding_;
  std::vector<UnitSpec> table_;
  std::vector<WeightSet> weights_;
  BufferPool pool_;
  std::deque<Unit> units_;
  std::vector<TrainedGroup*> trained_;
  std::deque<TrainedGroup*> reducing_;  // those whose reduction is in flight, oldest first
};

}  // namespace hone
