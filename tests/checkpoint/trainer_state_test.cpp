#include "checkpoint/trainer_state.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace hone {
namespace {

std::vector<Evaluation> curve(std::vector<double> losses) {
  std::vector<Evaluation> result;
  for (const double loss : losses) result.push_back({static_cast<std::int64_t>(result.size()) + 1, loss});
  return result;
}

TEST(TrainerState, EvaluationsAreTheLinesWithAnEvalLoss) {
  const auto history = OrderedJson::parse(
      R"([{"step":1,"loss":3.0},{"step":1,"eval_loss":2.5,"eval_targets":9},{"step":2,"eval_loss":"nan"}])");
  const auto evaluations = evaluations_of(history);
  ASSERT_EQ(evaluations.size(), 2U);
  EXPECT_EQ(evaluations[0].step, 1);
  EXPECT_EQ(evaluations[0].loss, 2.5);
  EXPECT_TRUE(std::isinf(evaluations[1].loss));
}

TEST(TrainerState, TheBestIsTheLowestAndOfEqualOnesTheFirst) {
  EXPECT_FALSE(best_evaluation({}));
  EXPECT_FALSE(best_evaluation(curve({INFINITY})));
  EXPECT_EQ(best_evaluation(curve({3, 1, 2, 1}))->step, 2);
  EXPECT_EQ(best_evaluation(curve({INFINITY, 4}))->step, 2);
}

TEST(TrainerState, OnlyStepsWithACheckpointCanBeTheBest) {
  EXPECT_EQ(best_evaluation(curve({3, 1, 2, 4}), std::vector<std::int64_t>{3, 4})->step, 3);
  EXPECT_FALSE(best_evaluation(curve({3, 1}), std::vector<std::int64_t>{7}));
}

TEST(TrainerState, PatienceCountsEvaluationsInARowWithoutALowerLoss) {
  EXPECT_EQ(evaluations_without_improvement(curve({})), 0);
  EXPECT_EQ(evaluations_without_improvement(curve({3, 2, 1})), 0);
  EXPECT_EQ(evaluations_without_improvement(curve({3, 1, 2, 1})), 2);
  EXPECT_EQ(evaluations_without_improvement(curve({1, 2, 2, 0.5, 0.6})), 1);
  EXPECT_EQ(evaluations_without_improvement(curve({INFINITY, INFINITY})), 2);
}

}  // namespace
}  // namespace hone
