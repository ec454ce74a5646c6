// Which checkpoints a run makes, keeps and calls the best, with output_dir as folders by their names alone.
#include "train/checkpoint_choice.hpp"

#include <limits>
#include <vector>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

using Steps = std::vector<std::int64_t>;

constexpr std::int64_t kTotal = 25;

class CheckpointChoiceTest : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    config_.save.output_dir = folder().string();
    config_.save.save_strategy = Interval::kSteps;
    config_.save.save_steps = 10;
    config_.eval.early_stopping_patience = 2;
  }

  void on_disk(const Steps& steps) const {
    for (const std::int64_t step : steps)
      std::filesystem::create_directory(folder() / ("checkpoint-" + std::to_string(step)));
  }
  CheckpointChoice choice() const { return CheckpointChoice(config_, kTotal); }
  CheckpointChoice after(const std::vector<Evaluation>& evaluations) const {
    CheckpointChoice result = choice();
    for (const Evaluation& evaluation : evaluations) result.evaluated(evaluation.step, evaluation.loss);
    return result;
  }
  Steps due_steps() const {
    Steps result;
    for (std::int64_t step = 1; step <= kTotal; ++step) {
      if (choice().due(step, static_cast<double>(step) / 8)) result.push_back(step);
    }
    return result;
  }

  TrainConfig config_;
};

TEST_F(CheckpointChoiceTest, ByStepsEveryMultipleIsDueAndTheLastStep) {
  EXPECT_EQ(due_steps(), (Steps{10, 20, 25}));
}

TEST_F(CheckpointChoiceTest, ByEpochsEveryWholeEpochIsDueAndTheLastStep) {
  config_.save.save_strategy = Interval::kEpoch;  // of 8 steps here
  EXPECT_EQ(due_steps(), (Steps{8, 16, 24, 25}));
}

TEST_F(CheckpointChoiceTest, WithoutAStrategyNoneIsDue) {
  config_.save.save_strategy = Interval::kNo;
  EXPECT_EQ(due_steps(), Steps{});
}

TEST_F(CheckpointChoiceTest, TheBestIsTheLowestLossOfTheCheckpointsOnDiskAndTheNewOne) {
  on_disk({10});
  const CheckpointChoice choice = after({{5, 0.1}, {10, 2}, {20, 1}, {25, 3}});
  EXPECT_EQ(choice.best(20)->step, 20);
  EXPECT_EQ(choice.best(25)->step, 10);  // 5 never was a checkpoint, 20 isn't there
  EXPECT_EQ(choice.best(25)->loss, 2);
}

TEST_F(CheckpointChoiceTest, WithoutAnEvaluationNoneIsTheBest) {
  on_disk({10});
  EXPECT_FALSE(choice().best(20));
  EXPECT_FALSE(after({{5, 1}}).best(20));
}

TEST_F(CheckpointChoiceTest, ALossThatIsNotFiniteIsKnownAndNeverTheBest) {
  on_disk({10});
  const CheckpointChoice choice = after({{10, std::numeric_limits<double>::quiet_NaN()}, {20, 5}});
  EXPECT_TRUE(choice.knows_evaluation(10));
  EXPECT_FALSE(choice.knows_evaluation(15));
  EXPECT_EQ(choice.best(20)->step, 20);
}

TEST_F(CheckpointChoiceTest, ACheckpointThatSomeoneAskedForIsNotTheBest) {
  on_disk({10});
  EXPECT_EQ(after({{10, 2}, {13, 1}}).best(13)->step, 10);
  config_.save.save_strategy = Interval::kEpoch;
  EXPECT_EQ(after({{10, 2}, {13, 1}}).best(13)->step, 13);
}

TEST_F(CheckpointChoiceTest, StopsEarlyAfterSoManyEvaluationsInARowWithoutALowerLoss) {
  EXPECT_FALSE(choice().stops_early());
  EXPECT_FALSE(after({{5, 3}, {10, 3}}).stops_early());
  EXPECT_TRUE(after({{5, 3}, {10, 3}, {15, 4}}).stops_early());
  EXPECT_FALSE(after({{5, 3}, {10, 4}, {15, 2}, {20, 2}}).stops_early());
  config_.eval.early_stopping_patience = 0;
  EXPECT_FALSE(after({{5, 3}, {10, 3}, {15, 4}}).stops_early());
}

TEST_F(CheckpointChoiceTest, WhatARunGoesOnFromTellsOfItsEvaluations) {
  on_disk({10});
  CheckpointChoice resumed = choice();
  resumed.resume(OrderedJson::parse(
      R"({"log_history": [{"step": 5, "loss": 0.1}, {"step": 10, "eval_loss": 2}, {"step": 15, "eval_loss": "nan"}]})"));
  EXPECT_TRUE(resumed.knows_evaluation(10) && resumed.knows_evaluation(15));
  EXPECT_FALSE(resumed.knows_evaluation(5));
  EXPECT_EQ(resumed.best(20)->step, 10);
  EXPECT_FALSE(resumed.stops_early());
  resumed.evaluated(20, 2);
  EXPECT_TRUE(resumed.stops_early());
}

TEST_F(CheckpointChoiceTest, BeyondTheLimitTheOldestGoButForTheBestAndTheNewOne) {
  on_disk({5, 10, 15});
  const CheckpointChoice choice = after({{5, 9}, {10, 1}, {15, 8}, {20, 7}});
  EXPECT_EQ(choice.decide(20, 0).doomed, Steps{});
  config_.save.save_total_limit = 2;
  EXPECT_EQ(choice.decide(20, 0).doomed, (Steps{5, 15}));
}

TEST_F(CheckpointChoiceTest, TheTrainerStateTellsWhereTheRunStandsAsTransformersDoes) {
  on_disk({10});
  config_.schedule.num_train_epochs = 3;
  config_.run.logging_steps = 4;
  config_.eval.eval_steps = 5;
  config_.batch.per_device_train_batch_size = 6;
  const CheckpointChoice choice = after({{10, 2}, {20, 2.5}});
  const Json state = Json::parse(to_json(choice.decide(20, 1.5).trainer_state).dump());
  const Json expected = {{"global_step", 20},
                         {"epoch", 1.5},
                         {"max_steps", kTotal},
                         {"num_train_epochs", 3},
                         {"logging_steps", 4},
                         {"eval_steps", 5},
                         {"save_steps", 10},
                         {"train_batch_size", 6},
                         {"best_global_step", 10},
                         {"best_metric", 2},
                         {"best_model_checkpoint", (folder() / "checkpoint-10").string()}};
  for (const auto& [name, value] : expected.items()) EXPECT_EQ(state.at(name), value) << name;
  const Json& stopping = state.at("stateful_callbacks").at("EarlyStoppingCallback");
  EXPECT_EQ(stopping.at("args").at("early_stopping_patience"), 2);
  EXPECT_EQ(stopping.at("attributes").at("early_stopping_patience_counter"), 1);
}

TEST_F(CheckpointChoiceTest, WithoutAnEvaluationTheTrainerStateNamesNoBest) {
  EXPECT_EQ(to_json(choice().decide(10, 0).trainer_state).at("best_metric"), nullptr);
}

}  // namespace
}  // namespace hone
