// Masters, layers' values and gradients of one unit, element by element against arithmetic that knows no
// shards; under mpirun at several rank counts.
#include "zero/trained_group.hpp"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "comm/test_session.hpp"

namespace hone {
namespace {

struct Case {
  int stage;
  at::ScalarType storage;
};

// Two weights of two parts and one that doesn't decay; 7 ranks would cut every one of them.
UnitSpec unit() {
  return {"block",
          {{"norm", {{"norm", {29}}}, {29}, false},
           {"up", {{"up.a", {13, 5}}, {"up.b", {2, 5}}}, {15, 5}, true},
           {"down", {{"down.a", {3, 40}}, {"down.b", {1, 40}}}, {4, 40}, true}}};
}
constexpr std::int64_t kElements = 29 + 75 + 160;

// Whole numbers, exact in bf16 too, of both signs.
double value_of(const std::string& part, std::int64_t element) {
  return static_cast<double>((element * 5 + static_cast<std::int64_t>(part.size()) + part.back()) % 251) -
         125;
}

class TrainedGroupTest : public ::testing::TestWithParam<Case> {
 protected:
  using Expected = std::function<double(const std::string& part, std::int64_t element)>;

  TrainedGroupTest() {
    group_.load([this](const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) {
      for (std::int64_t i = 0; i < count; ++i) {
        out[i] = static_cast<float>(value_of(part.name, offset + i));
        ++read_[part.name][offset + i];
      }
    });
  }

  /// `flat`, a shard's values, holds what is expected where a parameter lies.
  void expect_shard(const Tensor& flat, const Expected& expected) const {
    for (const ShardSlice& slice : group_.layout().slices(group_.shard_rank())) {
      for (std::int64_t i = 0; i < slice.count; ++i) {
        const double wanted = expected(slice.part->name, slice.part_offset + i);
        EXPECT_EQ(flat[slice.shard_offset + i].item<double>(), wanted)
            << slice.part->name << " " << slice.part_offset + i;
      }
    }
  }
  /// What layers see, of every weight whole.
  void expect_values(const Expected& expected) {
    group_.values().acquire();
    for (const WeightSpec& weight : unit().weights) {
      const Tensor& value = weights_.at(weight.key).value();
      EXPECT_EQ(value.scalar_type(), at::kFloat);
      const Tensor flat = value.flatten();
      std::int64_t at = 0;
      for (const WeightPart& part : weight.parts) {
        for (std::int64_t i = 0; i < part.numel(); ++i, ++at)
          EXPECT_EQ(flat[at].item<double>(), expected(part.name, i)) << part.name << " " << i;
      }
    }
    group_.values().release();
  }
  /// A micro-batch whose gradient on rank r is (r + 1) * scale * value.
  void micro_batch(double scale) {
    group_.begin_gradient();
    for (const WeightSpec& weight : unit().weights) {
      std::vector<double> gradient;
      for (const WeightPart& part : weight.parts) {
        for (std::int64_t i = 0; i < part.numel(); ++i)
          gradient.push_back((comm_.rank() + 1) * scale * value_of(part.name, i));
      }
      Weight& bound = weights_.at(weight.key);
      ASSERT_TRUE(bound.has_grad());
      bound.grad().add_(at::tensor(gradient, at::kDouble).view(weight.shape));
    }
    group_.end_gradient();
  }
  /// 1 + 2 + ... + ranks.
  double rank_sum() const { return comm_.size() * (comm_.size() + 1) / 2.0; }

  const c10::InferenceMode inference_;
  Communicator& comm_ = test_session().communicator();
  Sharding sharding_{GetParam().stage, comm_.size(), GetParam().storage, at::kFloat};
  BufferPool pool_{at::kCPU};
  WeightSet weights_;
  TrainedGroup group_{unit(), weights_, comm_, sharding_, pool_};
  std::map<std::string, std::map<std::int64_t, int>> read_;  // how often each element
};

TEST_P(TrainedGroupTest, MastersAndLayersHoldWhatWasRead) {
  expect_shard(group_.master(), value_of);
  EXPECT_EQ(group_.master().scalar_type(), at::kFloat);
  expect_values(value_of);
}

TEST_P(TrainedGroupTest, TheRanksReadEveryElementOnceWhereMastersAreShardedAndElseAllOfThem) {
  double own = 0;
  for (const auto& [part, elements] : read_) {
    for (const auto& [element, times] : elements) {
      EXPECT_EQ(times, 1) << part << " " << element;
      ++own;
    }
  }
  EXPECT_EQ(comm_.all_reduce_scalar(own),
            static_cast<double>(kElements) * (sharding_.optimizer() ? 1 : comm_.size()));
}

TEST_P(TrainedGroupTest, GradientsAreSummedOverMicroBatchesAndRanks) {
  for (const double scale : {1.0, 0.5, -4.0}) micro_batch(scale);
  group_.finish_gradient();
  expect_shard(group_.gradient(), [&](const std::string& part, std::int64_t element) {
    return rank_sum() * (1 + 0.5 - 4) * value_of(part, element);
  });
  // What pads weights and the end is no parameter: it must not count in a norm.
  EXPECT_EQ(group_.gradient().numel(), group_.layout().shard_size());
  const double squares = group_.gradient().to(at::kDouble).square().sum().item<double>();
  double expected = 0;
  for (const ShardSlice& slice : group_.layout().slices(group_.shard_rank())) {
    for (std::int64_t i = 0; i < slice.count; ++i) {
      const double gradient = rank_sum() * -2.5 * value_of(slice.part->name, slice.part_offset + i);
      expected += gradient * gradient;
    }
  }
  EXPECT_DOUBLE_EQ(squares, expected);
}

TEST_P(TrainedGroupTest, TheNextStepBeginsWithoutTheLastOnesGradients) {
  micro_batch(3);
  group_.finish_gradient();
  group_.clear_gradient();
  micro_batch(1);
  group_.finish_gradient();
  expect_shard(group_.gradient(), [&](const std::string& part, std::int64_t element) {
    return rank_sum() * value_of(part, element);
  });
}

TEST_P(TrainedGroupTest, WeightsAskForAGradientOnlyWhileItIsOpen) {
  EXPECT_FALSE(weights_.at("up").has_grad());
  micro_batch(1);
  EXPECT_FALSE(weights_.at("up").has_grad());
  group_.finish_gradient();
}

TEST_P(TrainedGroupTest, NewMastersReachTheLayersOfEveryRankInTheTypeTheyAreKeptIn) {
  // Half a step of bf16 at 256: layers must see the even neighbour, while the master keeps what it was given.
  group_.master().fill_(257);
  group_.publish();
  EXPECT_TRUE(group_.master().eq(257).all().item<bool>());
  expect_values(
      [](const std::string&, std::int64_t) { return GetParam().storage == at::kFloat ? 257 : 256; });
}

TEST_P(TrainedGroupTest, DecayTakesTheElementsOfMatricesAndNoneOfVectors) {
  for (const ShardSlice& slice : group_.layout().slices(group_.shard_rank())) {
    const bool decays = slice.shard_offset < group_.decay_count();
    EXPECT_EQ(decays, slice.part->name != "norm") << slice.part->name;
    if (decays) {
      EXPECT_LE(slice.shard_offset + slice.count, group_.decay_count());
    }
  }
}

TEST_P(TrainedGroupTest, ReductionsAreCountedWholeOnceAStepOrOnceAMicroBatchFromStage2On) {
  micro_batch(1);
  micro_batch(2);
  group_.finish_gradient();
  const int reductions = comm_.size() == 1 ? 0 : GetParam().stage >= 2 ? 2 : 1;
  EXPECT_EQ(group_.reduced_bytes(), reductions * group_.layout().total() * 4);
}

INSTANTIATE_TEST_SUITE_P(Stages, TrainedGroupTest,
                         ::testing::Values(Case{0, at::kFloat}, Case{1, at::kFloat}, Case{2, at::kFloat},
                                           Case{3, at::kFloat}, Case{0, at::kBFloat16},
                                           Case{1, at::kBFloat16}, Case{3, at::kBFloat16}),
                         [](const auto& tested) {
                           return "Stage" + std::to_string(tested.param.stage) +
                                  (tested.param.storage == at::kFloat ? "Fp32" : "Bf16");
                         });

}  // namespace
}  // namespace hone
