// What units keep and what their collectives carry, against the arithmetic of the layouts; under mpirun at
// several rank counts.
#include "zero/unit_store.hpp"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "comm/test_session.hpp"
#include "zero/group_layout.hpp"

namespace hone {
namespace {

WeightSpec weight(const std::string& key, std::vector<WeightPart> parts, WeightRole role) {
  WeightSpec spec = stacked(key, std::move(parts));
  spec.role = role;
  return spec;
}

std::vector<UnitSpec> table() {
  return {{"embedding", {weight("embed", {{"embed", {70, 11}}}, WeightRole::kFrozen)}},
          {"block",
           {weight("norm", {{"norm", {33}}}, WeightRole::kFrozen),
            weight("up", {{"up.a", {170, 100}}, {"up.b", {3, 100}}}, WeightRole::kQuantised),
            weight("down", {{"down", {500, 200}}}, WeightRole::kQuantised),
            weight("lora_A", {{"lora_A", {5, 100}}}, WeightRole::kTrained),
            weight("lora_B", {{"lora_B", {41, 5}}}, WeightRole::kTrained)}}};
}

struct Case {
  int stage;
  at::ScalarType storage;
};

class UnitStoreTest : public ::testing::TestWithParam<Case> {
 protected:
  UnitStoreTest() { load(units_); }

  void load(UnitStore& units) const {
    units.load([](const WeightPart&, std::int64_t offset, std::int64_t count, float* out) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>((offset + i) % 7) - 3.0F;
    });
  }

  /// A step of two stores, of which one keeps in host memory what `sharding` says.
  void expect_same_training(bool host_optimizer, bool host_parameters) {
    Sharding on_host = sharding_;
    on_host.host_optimizer = host_optimizer;
    on_host.host_parameters = host_parameters;
    UnitStore other(table_, comm_, on_host);
    load(other);
    for (UnitStore* const store : {&units_, &other}) {
      store->prefetch(1);
      store->acquire(1);
      store->begin_gradient(1);
      store->weights()[1].at("lora_A").grad().add_(0.5 * (comm_.rank() + 1));
      store->weights()[1].at("lora_B").grad().add_(-2);
      store->end_gradient(1);
      store->release(1);
      store->finish_gradients();
      TrainedGroup& group = *store->trained()[0];
      group.master().sub_(group.gradient());
      store->publish(group);
      store->clear_gradients();
    }
    const TrainedGroup &group = *units_.trained()[0], &hosted = *other.trained()[0];
    EXPECT_TRUE(hosted.master().equal(group.master()));
    EXPECT_EQ(other.traffic().all_gather, units_.traffic().all_gather);
    units_.acquire(1);
    other.acquire(1);
    for (const char* const key : {"norm", "up", "down", "lora_A", "lora_B"}) {
      const Tensor& value = other.weights()[1].at(key).value();
      EXPECT_TRUE(value.equal(units_.weights()[1].at(key).value())) << key;
      EXPECT_NE(value.data_ptr(), hosted.master().data_ptr());
    }
    units_.release(1);
    other.release(1);
  }

  /// Bytes of the unit's values of one role: all of them, or those of one shard of `ranks`.
  std::int64_t shard_bytes(std::size_t unit, WeightRole role, int ranks) const {
    const UnitSpec spec = with_role(table_[unit], role);
    if (spec.weights.empty()) return 0;
    if (role == WeightRole::kQuantised)
      return GroupLayout(spec, comm_.size()).shard_bytes() * comm_.size() / ranks;
    return ShardLayout(spec, ranks).shard_size() * element_;
  }
  std::int64_t gather_bytes(std::size_t unit, WeightRole role) const {
    return shard_bytes(unit, role, comm_.size()) * comm_.size();
  }
  std::int64_t gather_bytes(std::size_t unit) const {
    return gather_bytes(unit, WeightRole::kTrained) + gather_bytes(unit, WeightRole::kFrozen) +
           gather_bytes(unit, WeightRole::kQuantised);
  }
  std::int64_t trained_elements() const {
    const UnitSpec spec = with_role(table_[1], WeightRole::kTrained);
    return ShardLayout(spec, sharding_.optimizer() ? comm_.size() : 1).total();
  }

  /// A micro-batch as the model asks for it: the embedding once, the block forward and backward.
  void micro_batch() {
    units_.acquire(0);
    units_.prefetch(1);
    units_.release(0);
    units_.acquire(1);
    units_.release(1);
    units_.acquire(1);
    units_.begin_gradient(1);
    units_.end_gradient(1);
    units_.release(1);
  }

  const c10::InferenceMode inference_;
  Communicator& comm_ = test_session().communicator();
  std::vector<UnitSpec> table_ = table();
  Sharding sharding_{GetParam().stage, comm_.size(), GetParam().storage, at::kFloat};
  std::int64_t element_ = GetParam().storage == at::kFloat ? 4 : 2;
  UnitStore units_{table_, comm_, sharding_};
};

TEST_P(UnitStoreTest, ARankKeepsItsShardUnderStage3AndTheWholeOtherwise) {
  const int shards = sharding_.parameters() ? comm_.size() : 1;
  for (const WeightRole role : {WeightRole::kTrained, WeightRole::kFrozen, WeightRole::kQuantised}) {
    if (role == WeightRole::kTrained && sharding_.optimizer() && !sharding_.parameters()) {
      EXPECT_EQ(units_.resident_bytes(role), trained_elements() * element_);
    } else {
      EXPECT_EQ(units_.resident_bytes(role), shard_bytes(0, role, shards) + shard_bytes(1, role, shards));
    }
  }
}

TEST_P(UnitStoreTest, EveryUseIsGatheredUnderStage3AndEveryGradientReducedOnceAMicroBatch) {
  const bool sharded = sharding_.parameters();
  for (const int micro_batches : {1, 3}) {
    const Traffic before = units_.traffic();
    for (int i = 0; i < micro_batches; ++i) micro_batch();
    units_.finish_gradients();
    Traffic traffic = units_.traffic();
    traffic -= before;
    EXPECT_EQ(traffic.all_gather, sharded ? micro_batches * (gather_bytes(0) + 2 * gather_bytes(1)) : 0);
    EXPECT_EQ(traffic.quantised_all_gather,
              sharded ? micro_batches * 2 * gather_bytes(1, WeightRole::kQuantised) : 0);
    // Stages 0 and 1 sum micro-batches first.
    const int reductions = comm_.size() == 1 ? 0 : sharding_.gradients() ? micro_batches : 1;
    EXPECT_EQ(traffic.reduce, reductions * trained_elements() * 4);
    units_.clear_gradients();
  }
}

TEST_P(UnitStoreTest, NewValuesAreGatheredWhereTheyLieWholeAndTheirOptimizerIsSharded) {
  const Traffic before = units_.traffic();
  for (TrainedGroup* const group : units_.trained()) units_.publish(*group);
  Traffic traffic = units_.traffic();
  traffic -= before;
  const bool gathers = sharding_.optimizer() && !sharding_.parameters();
  EXPECT_EQ(traffic.all_gather, gathers ? trained_elements() * element_ : 0);
  EXPECT_EQ(traffic.quantised_all_gather, 0);
  EXPECT_EQ(traffic.reduce, 0);
}

TEST_P(UnitStoreTest, AUseWithinAnotherGathersNothing) {
  units_.acquire(1);
  const std::int64_t gathered = units_.traffic().all_gather;
  units_.prefetch(1);
  units_.acquire(1);
  units_.release(1);
  units_.release(1);
  EXPECT_EQ(units_.traffic().all_gather, gathered);
}

TEST_P(UnitStoreTest, AnOptimizerOnTheHostHasMemoryOfItsOwnAndChangesTheSameValues) {
  expect_same_training(true, false);
}

TEST_P(UnitStoreTest, ParametersOnTheHostAreBroughtTogetherForEachUse) {
  if (sharding_.stage == 3) expect_same_training(false, true);
}

TEST_P(UnitStoreTest, OptimizerAndParametersOnTheHostShareTheirMemory) {
  if (sharding_.stage == 3) expect_same_training(true, true);
}

INSTANTIATE_TEST_SUITE_P(Stages, UnitStoreTest,
                         ::testing::Values(Case{0, at::kFloat}, Case{1, at::kFloat}, Case{2, at::kFloat},
                                           Case{3, at::kFloat}, Case{1, at::kBFloat16},
                                           Case{3, at::kBFloat16}, Case{3, at::kHalf}),
                         [](const auto& test) {
                           return "Stage" + std::to_string(test.param.stage) +
                                  (test.param.storage == at::kFloat  ? "Fp32"
                                   : test.param.storage == at::kHalf ? "Fp16"
                                                                     : "Bf16");
                         });

}  // namespace
}  // namespace hone
