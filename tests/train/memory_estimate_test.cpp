// What is estimated to stay on a rank against what units and optimizer hold there; under mpirun at several
// rank counts.
#include "train/memory_estimate.hpp"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "adapter/lora_table.hpp"
#include "comm/test_session.hpp"
#include "optim/adamw.hpp"
#include "zero/unit_store.hpp"

namespace hone {
namespace {

enum class Training { kFull, kLora, kQLora };

ModelConfig make_config() {
  return parse_model_config({{"architectures", {"Qwen2ForCausalLM"}},
                             {"hidden_size", 40},
                             {"intermediate_size", 84},
                             {"num_hidden_layers", 3},
                             {"num_attention_heads", 6},
                             {"num_key_value_heads", 2},
                             {"head_dim", 10},
                             {"vocab_size", 97}},
                            "config.json");
}

std::vector<UnitSpec> table_of(const ModelConfig& config, Training training) {
  std::vector<UnitSpec> table = weight_table(config);
  if (training == Training::kFull) return table;
  LoraOptions options;
  options.rank = 5;
  table = lora_table(std::move(table), options);
  for (std::size_t i = 1; training == Training::kQLora && i + 1 < table.size(); ++i) {
    for (WeightSpec& weight : table[i].weights) {
      if (weight.role == WeightRole::kFrozen && weight.shape.size() == 2)
        weight.role = WeightRole::kQuantised;
    }
  }
  return table;
}

std::int64_t bytes_of(const Tensor& tensor) { return static_cast<std::int64_t>(tensor.nbytes()); }

struct Held {
  std::int64_t parameters = 0, optimizer = 0, gradients = 0;
};

/// What a rank holds after a step without rows.
Held held_after_a_step(const std::vector<UnitSpec>& table, const Sharding& sharding) {
  UnitStore units(table, test_session().communicator(), sharding);
  units.load(
      [](const WeightPart&, std::int64_t, std::int64_t count, float* out) { std::fill_n(out, count, 1.0F); });
  AdamW adamw(units.trained(), {});
  for (std::size_t i = 0; i < table.size(); ++i) units.begin_gradient(static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < table.size(); ++i) units.end_gradient(static_cast<std::int64_t>(i));
  units.finish_gradients();
  Held held;
  for (const WeightRole role : {WeightRole::kTrained, WeightRole::kFrozen, WeightRole::kQuantised})
    held.parameters += units.resident_bytes(role);
  for (const TrainedGroup* const group : units.trained()) {
    if (!group->master().is_same(group->values().shard())) held.parameters += bytes_of(group->master());
    held.gradients += bytes_of(group->gradient());
    if (sharding.host_optimizer) held.gradients += bytes_of(group->gradient());
    if (sharding.optimizer() && !sharding.gradients()) held.gradients += 4 * group->layout().total();
  }
  for (const AdamW::State& state : adamw.states())
    held.optimizer += bytes_of(state.exp_avg) + bytes_of(state.exp_avg_sq);
  return held;
}

TEST(MemoryEstimate, WhatStaysIsWhatUnitsAndOptimizerHold) {
  const c10::InferenceMode inference;
  const ModelConfig config = make_config();
  const int ranks = test_session().communicator().size();
  for (const Training training : {Training::kFull, Training::kLora, Training::kQLora}) {
    const std::vector<UnitSpec> table = table_of(config, training);
    for (const int stage : {0, 1, 2, 3}) {
      for (const at::ScalarType storage : {at::kFloat, at::kBFloat16, at::kHalf}) {
        for (const bool offload : {false, true}) {
          if (offload && stage < 3) continue;
          const Sharding sharding{stage, ranks, storage, at::kFloat, at::kCPU, offload, offload};
          const MemoryEstimate estimate =
              estimate_memory(config, table, sharding, Activations::kKeep, {10, 5});
          const Held held = held_after_a_step(table, sharding);
          SCOPED_TRACE(::testing::Message()
                       << "training " << static_cast<int>(training) << " stage " << stage << " " << storage);
          EXPECT_EQ(estimate.parameters, static_cast<double>(held.parameters));
          EXPECT_EQ(estimate.optimizer, static_cast<double>(held.optimizer));
          EXPECT_EQ(estimate.gradients, static_cast<double>(held.gradients));
        }
      }
    }
  }
}

TEST(MemoryEstimate, AdaptersKeepTheirLowRankSideToo) {
  const ModelConfig config = make_config();
  const auto activations = [&](Training training, Activations kept, std::int64_t tokens) {
    return estimate_memory(config, table_of(config, training), Sharding{}, kept, {tokens, 0}).activations;
  };
  // Three blocks and the temporaries of one, seven adapters of rank 5 in each.
  EXPECT_EQ(activations(Training::kLora, Activations::kKeep, 11) -
                activations(Training::kFull, Activations::kKeep, 11),
            4.0 * 4 * 7 * 5 * 11);
  EXPECT_LT(activations(Training::kLora, Activations::kRecompute, 11),
            activations(Training::kLora, Activations::kKeep, 11));
}

TEST(MemoryEstimate, AnEvaluationCountsWhereOneOfItsBlocksTakesMoreThanTraining) {
  const ModelConfig config = make_config();
  const auto activations = [&](const MicroBatchSize& evaluation) {
    return estimate_memory(config, table_of(config, Training::kFull), Sharding{}, Activations::kRecompute,
                           {10, 10}, evaluation)
        .activations;
  };
  EXPECT_EQ(activations({10, 10}), activations({}));
  const double block = 4 * 40 + 60 + 2 * 20 + 60 + 2 * 84;  // as kept for a backward, hidden size 40
  EXPECT_EQ(activations({1010, 0}) - activations({1000, 0}), 4.0 * 10 * (block + 40));
}

TEST(MemoryEstimate, OnADeviceActivationsAreOfTheComputeTypeAndLibrariesLieElsewhere) {
  const ModelConfig config = make_config();
  const auto estimate = [&](at::ScalarType compute) {
    return estimate_memory(config, table_of(config, Training::kFull),
                           Sharding{3, 2, compute, compute, at::Device(at::kCUDA, 0)}, Activations::kKeep,
                           {10, 0});
  };
  EXPECT_EQ(estimate(at::kBFloat16).activations * 2, estimate(at::kFloat).activations);
  EXPECT_EQ(estimate(at::kFloat).libraries, 0);
  EXPECT_GT(
      estimate_memory(config, table_of(config, Training::kFull), Sharding{}, Activations::kKeep, {10, 0})
          .libraries,
      0);
}

TEST(MemoryEstimate, ALogitOfBfloat16IsWidenedBesideItsLogProbability) {
  const ModelConfig config = make_config();
  const auto bytes = [&](at::ScalarType compute) {
    const Sharding sharding{0, 1, compute, compute, at::Device(at::kCUDA, 0)};
    const auto activations = [&](std::int64_t targets) {
      return estimate_memory(config, table_of(config, Training::kFull), sharding, Activations::kKeep,
                             {10, targets})
          .activations;
    };
    return (activations(5) - activations(0)) / (5.0 * 97);
  };
  EXPECT_EQ(bytes(at::kBFloat16), 10);
  EXPECT_EQ(bytes(at::kHalf), 6);
  EXPECT_EQ(bytes(at::kFloat), 8);
}

TEST(MemoryEstimate, ADeviceHoldsOneProductOrOneWeightUnderRestorationBesideWhatItUses) {
  const ModelConfig config = make_config();
  const auto working = [&](Training training, at::ScalarType compute, const at::Device& device) {
    return estimate_memory(config, table_of(config, training), Sharding{0, 1, compute, compute, device},
                           Activations::kKeep, {10, 5})
        .working;
  };
  const at::Device cuda(at::kCUDA, 0);
  EXPECT_EQ(working(Training::kFull, at::kFloat, cuda), 0);
  EXPECT_EQ(working(Training::kFull, at::kBFloat16, cuda), 2.0 * 2 * 84 * 40);  // gate and up, joined
  // The largest parameter has less than one group of weights, and restoring one takes 10 bytes a weight.
  EXPECT_EQ(working(Training::kQLora, at::kFloat, cuda) - working(Training::kQLora, at::kFloat, at::kCPU),
            10.0 * 16384);
}

TEST(MemoryEstimate, WhatADeviceLeavesToTheHostIsNoPartOfItsMemory) {
  const ModelConfig config = make_config();
  for (const Training training : {Training::kFull, Training::kLora, Training::kQLora}) {
    const auto estimate = [&](bool optimizer, bool parameters) {
      return estimate_memory(
          config, table_of(config, training),
          Sharding{3, 2, at::kBFloat16, at::kBFloat16, at::Device(at::kCUDA, 0), optimizer, parameters},
          Activations::kKeep, {10, 5});
    };
    const MemoryEstimate none = estimate(false, false), optimizer = estimate(true, false),
                         both = estimate(true, true);
    EXPECT_EQ(none.offloaded, 0);
    EXPECT_EQ(optimizer.optimizer, 0);
    EXPECT_EQ(optimizer.gradients, none.gradients);
    // Beside both moments and the masters, a copy of the gradients.
    EXPECT_EQ(optimizer.offloaded, none.optimizer * 2);
    EXPECT_EQ(none.total() - optimizer.total(), none.optimizer * 1.5);
    EXPECT_EQ(both.parameters, 0);
    EXPECT_EQ(both.working, none.working);
    EXPECT_EQ(both.offloaded, optimizer.offloaded + optimizer.parameters);
  }
}

TEST(MemoryEstimate, TheHeaviestMicroBatchIsTheLongestRowsTogetherOrFullPacks) {
  const std::vector<std::uint32_t> lengths = {5, 90, 7, 40}, targets = {4, 10, 6, 30};
  const auto heaviest = [&](std::int64_t rows, std::int64_t capacity) {
    const MicroBatchSize size = heaviest_micro_batch(lengths, targets, rows, capacity);
    return std::pair(size.tokens, size.targets);
  };
  EXPECT_EQ(heaviest(2, 0), std::pair(std::int64_t{130}, std::int64_t{40}));
  EXPECT_EQ(heaviest(9, 0), std::pair(std::int64_t{142}, std::int64_t{50}));
  EXPECT_EQ(heaviest(2, 128), std::pair(std::int64_t{256}, std::int64_t{256}));
  EXPECT_EQ(heaviest(2, 64), std::pair(std::int64_t{180}, std::int64_t{180}));
}

}  // namespace
}  // namespace hone
