#include "train/training_state.hpp"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <limits>

#include "checkpoint/state_file.hpp"
#include "train/training_test_support.hpp"

namespace hone {
namespace {

class TrainingState : public testing::TestWithParam<int> {
 protected:
  // One folder for all ranks.
  void SetUp() override {
    folder_ = comm_.broadcast_string(
        (std::filesystem::path(testing::TempDir()) / ("hone-state-" + std::to_string(::getpid()))).string());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    comm_.barrier();
    if (comm_.rank() == 0) std::filesystem::remove_all(folder_);
    comm_.barrier();
  }

  const c10::InferenceMode inference_;
  Communicator& comm_ = test_session().communicator();
  std::filesystem::path folder_;
};

TEST_P(TrainingState, RanksTogetherWriteEveryElementOnceWithItsOwnValues) {
  Training training(GetParam());
  training.fill();
  std::vector<double> written(1, 0);
  for (const StateValues& state :
       state_to_write(training.units, training.adamw, comm_.rank(), comm_.size())) {
    written[0] += static_cast<double>(state.range.count);
    for (const StateKind kind : kStateKinds) {
      for (std::int64_t i = 0; i < state.range.count; ++i) {
        ASSERT_EQ(state.values[static_cast<std::size_t>(kind)][i],
                  value_of(state.range.name, kind, state.range.offset + i));
      }
    }
  }
  EXPECT_EQ(comm_.all_reduce_scalar(written[0]), static_cast<double>(parameter_count(table())));
}

TEST_P(TrainingState, WhatOneStageWroteEveryOtherReads) {
  Training training(GetParam());
  training.fill();
  const StateFile own =
      write_state_file(folder_, comm_.rank(), comm_.size(), 1,
                       state_to_write(training.units, training.adamw, comm_.rank(), comm_.size()));
  comm_.barrier();
  std::vector<StateFile> files;
  for (int rank = 0; rank < comm_.size(); ++rank) {
    const ShardLayout first(training.units.table()[0], comm_.size()),
        second(training.units.table()[1], comm_.size());
    files.push_back({state_file_name(rank, comm_.size()), 0, "", {}});
    for (const ShardLayout* layout : {&first, &second}) {
      for (const ShardSlice& slice : layout->slices(rank))
        files.back().ranges.push_back({slice.part->name, slice.part_offset, slice.count});
    }
  }
  EXPECT_EQ(files[static_cast<std::size_t>(comm_.rank())].ranges, own.ranges);
  const StateReader reader(folder_, files, trained_parameters(table()));
  for (int stage = 0; stage <= 3; ++stage) {
    for (const at::ScalarType storage : {at::kFloat, at::kBFloat16, at::kHalf}) {
      Training read(stage, storage);
      load_masters(read.units, reader);
      load_moments(read.units, read.adamw, reader, comm_.rank());
      read.each_moment([](const ShardSlice& slice, StateKind kind, const float* values) {
        for (std::int64_t i = 0; i < slice.count; ++i)
          ASSERT_EQ(values[i], value_of(slice.part->name, kind, slice.part_offset + i));
      });
      std::int64_t seen = 0;
      read.units.visit_parameters([&](const WeightPart& part, const float* values) {
        for (std::int64_t i = 0; i < part.numel(); ++i)
          ASSERT_EQ(values[i], value_of(part.name, StateKind::kMaster, i)) << part.name;
        seen += part.numel();
      });
      EXPECT_EQ(seen, comm_.rank() == 0 ? parameter_count(table()) : 0);
    }
  }
}

TEST_P(TrainingState, ASnapshotStaysAsItWasAndTellsInfAndNan) {
  Training training(GetParam());
  training.fill();
  StateSnapshot snapshot;
  const auto live = [&] {
    return state_to_write(training.units, training.adamw, comm_.rank(), comm_.size());
  };
  take_snapshot(live(), snapshot);
  EXPECT_TRUE(snapshot.finite);
  const void* const memory = snapshot.memory->data();
  for (TrainedGroup* const group : training.units.trained())
    group->master().fill_(std::numeric_limits<float>::infinity());
  for (const StateValues& state : snapshot.state) {
    for (std::int64_t i = 0; i < state.range.count; ++i)
      ASSERT_EQ(state.values[0][i], value_of(state.range.name, StateKind::kMaster, state.range.offset + i));
  }
  take_snapshot(live(), snapshot);
  EXPECT_EQ(snapshot.memory->data(), memory);
  EXPECT_FALSE(snapshot.finite && !snapshot.state.empty());
  for (TrainedGroup* const group : training.units.trained())
    group->master().fill_(std::numeric_limits<float>::max());
  take_snapshot(live(), snapshot);
  EXPECT_TRUE(snapshot.finite);
  for (TrainedGroup* const group : training.units.trained())
    group->master().fill_(std::numeric_limits<float>::quiet_NaN());
  take_snapshot(live(), snapshot);
  EXPECT_FALSE(snapshot.finite && !snapshot.state.empty());
}

INSTANTIATE_TEST_SUITE_P(Stages, TrainingState, testing::Values(0, 1, 2, 3));

}  // namespace
}  // namespace hone
