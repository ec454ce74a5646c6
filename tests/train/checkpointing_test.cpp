#include "train/checkpointing.hpp"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <fstream>
#include <limits>
#include <thread>

#include "base/error.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "train/training_test_support.hpp"

namespace hone {
namespace {

class CheckpointingTest : public testing::Test {
 protected:
  // One folder for all ranks.
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    output_ = comm_.broadcast_string((std::filesystem::path(testing::TempDir()) /
                                      ("hone-" + std::to_string(::getpid()) + "-" + test->name()))
                                         .string());
    std::filesystem::create_directories(output_);
    if (comm_.rank() == 0) std::ofstream(output_ / "metrics.jsonl") << R"({"step":1,"loss":2.5})" << '\n';
    comm_.barrier();
    config_.save.output_dir = output_.string();
    config_.save.save_strategy = Interval::kSteps;
    config_.save.save_steps = 2;
    training_.fill();
  }
  void TearDown() override {
    comm_.barrier();
    // A write that a failure left behind on another rank may still make files.
    std::error_code error;
    for (int tries = 0; comm_.rank() == 0 && tries < 100; ++tries) {
      std::filesystem::remove_all(output_, error);
      if (!std::filesystem::exists(output_)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  Checkpointing make(std::int64_t total_steps = 100) {
    return {config_, fingerprint_, total_steps, comm_, training_.units, training_.adamw};
  }

  // The checkpoint of step 2 as the next launch finds it.
  ResumePoint resume_point() const {
    const std::filesystem::path folder = output_ / "checkpoint-2";
    return {folder, read_checkpoint_manifest(folder), OrderedJson::parse(read_trainer_state_text(folder))};
  }
  ResumePoint saved(Checkpointing& checkpoints) {
    checkpoints.save(2, 0.2);
    checkpoints.finish();
    comm_.barrier();
    return resume_point();
  }

  // What the call throws, which must be the same kind of error on every rank.
  template <typename Call>
  std::string failure_on_every_rank(ExitCode code, Call call) {
    std::string text;
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      text = error.what();
    }
    EXPECT_EQ(comm_.all_reduce_scalar(text.empty() ? 0 : 1), comm_.size()) << text;
    return text;
  }

  const c10::InferenceMode inference_;
  Communicator& comm_ = test_session().communicator();
  std::filesystem::path output_;
  TrainConfig config_;
  Fingerprint fingerprint_;
  Training training_{3};
};

TEST_F(CheckpointingTest, ADueStepBecomesACompleteCheckpointThatBringsEverythingBack) {
  Checkpointing checkpoints = make();
  training_.adamw.set_steps(2);
  for (std::int64_t step = 1; step <= 3; ++step)
    checkpoints.after_step(step, 0.1 * static_cast<double>(step));
  checkpoints.finish();
  comm_.barrier();
  EXPECT_EQ(checkpoint_steps(output_), std::vector<std::int64_t>{2});
  EXPECT_EQ(incompleteness_of(output_ / "checkpoint-2"), "");

  Training other(0);
  Checkpointing reading(config_, fingerprint_, 100, comm_, other.units, other.adamw);
  EXPECT_EQ(reading.resume(resume_point()), 2);
  EXPECT_EQ(other.adamw.steps(), 2);
  other.each_moment([](const ShardSlice& slice, StateKind kind, const float* values) {
    for (std::int64_t i = 0; i < slice.count; ++i)
      ASSERT_EQ(values[i], value_of(slice.part->name, kind, slice.part_offset + i));
  });
}

TEST_F(CheckpointingTest, TheLossScaleAndTheStepsThatItSkippedComeBack) {
  LossScaler scaler(LossScaleOptions{});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(scaler.step_overflowed());
  scaler.step_done();
  training_.adamw.set_steps(1);
  Checkpointing checkpoints(config_, fingerprint_, 100, comm_, training_.units, training_.adamw, std::nullopt,
                            &scaler);
  checkpoints.save(4, 0.4);
  scaler.step_done();  // after the checkpoint
  checkpoints.finish();
  comm_.barrier();

  const std::filesystem::path folder = output_ / "checkpoint-4";
  Training other(3);
  LossScaler resumed(LossScaleOptions{});
  Checkpointing reading(config_, fingerprint_, 100, comm_, other.units, other.adamw, std::nullopt, &resumed);
  EXPECT_EQ(reading.resume({folder, read_checkpoint_manifest(folder),
                            OrderedJson::parse(read_trainer_state_text(folder))}),
            4);
  EXPECT_EQ(other.adamw.steps(), 1);
  EXPECT_EQ(resumed.scale(), 16384);
  EXPECT_EQ(resumed.state().clean_steps, 1);
  EXPECT_EQ(resumed.state().overflows_left, 1);
}

TEST_F(CheckpointingTest, WhatIsWrittenIsTheStateOfItsStepThoughTrainingGoesOn) {
  Checkpointing checkpoints = make();
  checkpoints.save(2, 0.2);
  for (TrainedGroup* const group : training_.units.trained()) group->master().fill_(-1);
  checkpoints.finish();
  const std::filesystem::path folder = output_ / "checkpoint-2";
  const CheckpointManifest manifest = read_checkpoint_manifest(folder);
  const StateReader reader(folder, manifest.files, manifest.parameters);
  std::vector<float> values(33);
  reader.read(StateKind::kMaster, "embed.a", 0, 33, values.data());
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], value_of("embed.a", StateKind::kMaster, static_cast<std::int64_t>(i)));
}

TEST_F(CheckpointingTest, TheMetricsAreReadBehindTraining) {
  const std::filesystem::path metrics = output_ / "metrics.jsonl";
  std::atomic<bool> waiting = true;
  std::thread writer;
  if (comm_.rank() == 0) {
    std::filesystem::remove(metrics);
    ASSERT_EQ(::mkfifo(metrics.c_str(), 0600), 0);  // whoever reads it waits for the line
    writer = std::thread([&] {
      for (int tries = 0; waiting && tries < 3000; ++tries) ::usleep(20'000);  // at least a minute
      EXPECT_FALSE(waiting) << "training waits for the metrics";
      std::ofstream(metrics) << R"({"step":2,"loss":1.5})" << '\n';
    });
  }
  comm_.barrier();
  Checkpointing checkpoints = make();
  checkpoints.save(2, 0.2);
  waiting = false;
  checkpoints.finish();
  if (writer.joinable()) writer.join();
  comm_.barrier();
  const Json state = Json::parse(read_trainer_state_text(output_ / "checkpoint-2"));
  EXPECT_EQ(state.at("log_history"), Json::parse(R"([{"step": 2, "loss": 1.5}])"));
}

TEST_F(CheckpointingTest, AWriteThatFailsOnOneRankIsThrownByAllWithItsReason) {
  const int failing = comm_.size() - 1;
  std::ofstream(output_ / "file") << "no folder";
  if (comm_.rank() == failing) config_.save.output_dir = (output_ / "file" / "out").string();
  Checkpointing checkpoints = make();
  const std::string text = failure_on_every_rank(ExitCode::kRunTimeFailure, [&] {
    checkpoints.save(2, 0.2);
    for (std::int64_t step = 3; step < 60'000; ++step) {  // at least a minute, and as often on every rank
      ::usleep(1000);
      checkpoints.after_step(2 * step + 1, 0.1);
    }
  });
  EXPECT_NE(text.find("checkpoint-2 could not be written"), std::string::npos) << text;
  EXPECT_NE(text.find("rank " + std::to_string(failing)), std::string::npos) << text;
  EXPECT_TRUE(checkpoint_steps(output_).empty());
}

TEST_F(CheckpointingTest, WhetherTheCheckpointIsThereIsWhatRankZeroSees) {
  Checkpointing checkpoints = make();
  const ResumePoint point = saved(checkpoints);
  const std::filesystem::path elsewhere = output_ / "elsewhere";
  if (comm_.rank() == comm_.size() - 1) config_.save.output_dir = elsewhere.string();
  Checkpointing resumed = make();
  resumed.resume(point);
  resumed.save_and_wait(2, 0.2);  // none of the ranks begins one, unless it is the only one
  EXPECT_EQ(std::filesystem::exists(elsewhere), comm_.size() == 1);
}

TEST_F(CheckpointingTest, WeightsWithInfOnOneRankAreSavedByNone) {
  Checkpointing checkpoints = make();
  if (comm_.rank() == 0)
    training_.units.trained().front()->master().fill_(std::numeric_limits<float>::infinity());
  const std::string text = failure_on_every_rank(ExitCode::kDiverged, [&] { checkpoints.save(2, 0.2); });
  EXPECT_NE(text.find("step 2"), std::string::npos);
  comm_.barrier();
  EXPECT_TRUE(checkpoint_steps(output_).empty());
}

TEST_F(CheckpointingTest, OldOnesGoOnlyAfterTheNewOneIsThereAndTheBestStays) {
  config_.save.save_total_limit = 1;
  config_.save.save_steps = 1;
  Checkpointing checkpoints = make();
  const std::vector<double> losses = {3, 1, 2, 4};
  const std::vector<std::vector<std::int64_t>> kept = {{1}, {2}, {2, 3}, {2, 4}};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i + 1);
    checkpoints.evaluated(step, losses[i]);
    checkpoints.after_step(step, 0.1);
    checkpoints.finish();
    comm_.barrier();
    EXPECT_EQ(checkpoint_steps(output_), kept[i]);
    comm_.barrier();
  }
}

TEST_F(CheckpointingTest, AStopWaitsUntilItsCheckpointIsThere) {
  config_.save.save_strategy = Interval::kNo;
  Checkpointing checkpoints = make();
  checkpoints.after_step(3, 0.1);
  checkpoints.save_and_wait(3, 0.1);
  comm_.barrier();
  EXPECT_EQ(checkpoint_steps(output_), std::vector<std::int64_t>{3});
  EXPECT_EQ(incompleteness_of(output_ / "checkpoint-3"), "");
}

TEST_F(CheckpointingTest, AStopAtAStepThatIsBeingSavedWaitsForThatOne) {
  Checkpointing checkpoints = make();
  checkpoints.after_step(2, 0.1);
  checkpoints.save_and_wait(2, 0.1);
  comm_.barrier();
  EXPECT_EQ(checkpoint_steps(output_), std::vector<std::int64_t>{2});
}

TEST_F(CheckpointingTest, OneThatIsWantedComesAtTheNextStepWhateverTheStrategy) {
  for (const Interval strategy : {Interval::kNo, Interval::kSteps}) {
    config_.save.save_strategy = strategy;
    Checkpointing checkpoints = make();
    const std::int64_t step = strategy == Interval::kNo ? 3 : 5;
    checkpoints.want_one();
    checkpoints.after_step(step, 0.1);
    checkpoints.after_step(step + 2, 0.1);
    checkpoints.finish();
    comm_.barrier();
    EXPECT_EQ(checkpoint_steps(output_).back(), step);
    comm_.barrier();
  }
}

TEST_F(CheckpointingTest, OneThatWasNotDueIsNotTheBest) {
  config_.save.save_total_limit = 1;
  Checkpointing checkpoints = make();
  const std::vector<double> losses = {1, 3, 2, 4};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i + 1);
    checkpoints.evaluated(step, losses[i]);
    checkpoints.want_one();
    checkpoints.after_step(step, 0.1);
    checkpoints.finish();
  }
  comm_.barrier();
  EXPECT_EQ(checkpoint_steps(output_), (std::vector<std::int64_t>{2, 4}));
}

TEST_F(CheckpointingTest, TheTimeToLeaveForASaveIsGuessedFromItsSizeThenMeasured) {
  Checkpointing checkpoints = make();
  EXPECT_GT(checkpoints.seconds_to_save(), 0);
  EXPECT_LT(checkpoints.seconds_to_save(), 0.01);
  const double guess = checkpoints.seconds_to_save();
  checkpoints.save(2, 0.2);
  checkpoints.finish();
  EXPECT_NE(checkpoints.seconds_to_save(), guess);
}

TEST_F(CheckpointingTest, ALaunchThatGoesOnKnowsWhatItsCheckpointTookOnTheSlowestRank) {
  Checkpointing checkpoints = make();
  ResumePoint point = saved(checkpoints);
  const std::optional<double> took = point.manifest.save_seconds;
  ASSERT_TRUE(took);
  EXPECT_GT(*took, 0);
  EXPECT_TRUE(comm_.rank() != 0 || *took <= checkpoints.seconds_to_save());
  const auto resumed_from = [&](std::optional<double> seconds) {
    point.manifest.save_seconds = seconds;
    Checkpointing resumed = make();
    resumed.resume(point);
    return resumed.seconds_to_save();
  };
  EXPECT_EQ(resumed_from(123), 123);
  EXPECT_EQ(resumed_from(std::nullopt), make().seconds_to_save());  // of before it was measured
}

TEST_F(CheckpointingTest, TheLastStepIsSavedWhateverTheInterval) {
  Checkpointing checkpoints = make(3);
  for (std::int64_t step = 1; step <= 3; ++step) checkpoints.after_step(step, 0.1);
  checkpoints.finish();
  comm_.barrier();
  EXPECT_EQ(checkpoint_steps(output_), (std::vector<std::int64_t>{2, 3}));
}

}  // namespace
}  // namespace hone
