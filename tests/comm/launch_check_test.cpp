#include "comm/launch_check.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

void expect_refused(const Environment& environment, int world) {
  try {
    check_launch(environment, world);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("mpi"), std::string::npos) << error.what();
  }
}

TEST(LaunchCheck, APlainShellIsAJobOfOneRank) {
  EXPECT_FALSE(launched_by_mpi({}));
  EXPECT_NO_THROW(check_launch({}, 1));
}

TEST(LaunchCheck, TheRankIsTheLaunchersAndTheFirstWithoutOne) {
  EXPECT_EQ(launched_rank({}), 0);
  EXPECT_EQ(launched_rank({{"OMPI_COMM_WORLD_RANK", "3"}, {"SLURM_PROCID", "0"}}), 3);  // mpirun in a job
  EXPECT_EQ(launched_rank({{"PMIX_RANK", "2"}}), 2);
  EXPECT_EQ(launched_rank({{"PMI_RANK", "1"}}), 1);
  EXPECT_EQ(launched_rank({{"SLURM_PROCID", "5"}}), 5);
}

TEST(LaunchCheck, TasksThatSlurmStartedWithoutPmiAreRefused) {
  expect_refused({{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}}, 1);
  expect_refused({{"SLURM_NTASKS", "2"}, {"SLURM_PROCID", "0"}}, 1);
}

TEST(LaunchCheck, TasksOfWhichOnlySomeFoundEachOtherAreRefused) {
  expect_refused({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "1"}, {"PMIX_RANK", "1"}}, 2);
  EXPECT_NO_THROW(check_launch({{"SLURM_STEP_NUM_TASKS", "4"}, {"PMIX_RANK", "1"}}, 4));
}

TEST(LaunchCheck, APmiThatMpiDoesNotSpeakIsRefused) {
  expect_refused({{"PMI_SIZE", "4"}, {"PMI_RANK", "2"}}, 1);
  EXPECT_NO_THROW(check_launch({{"PMI_SIZE", "4"}, {"PMI_RANK", "2"}, {"SLURM_NTASKS", "8"}}, 4));
}

// Each host's daemon is one task of an srun step.
TEST(LaunchCheck, RanksThatMpirunsDaemonsStartedAreFine) {
  EXPECT_NO_THROW(
      check_launch({{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "1"}, {"OMPI_COMM_WORLD_SIZE", "8"}}, 8));
}

TEST(LaunchCheck, OneRankInAnInteractiveAllocationIsMeant) {
  EXPECT_NO_THROW(check_launch({{"SLURM_NTASKS", "8"}}, 1));
}

TEST(LaunchCheck, MpirunInsideABatchScriptIsFine) {
  EXPECT_NO_THROW(
      check_launch({{"SLURM_NTASKS", "2"}, {"SLURM_PROCID", "0"}, {"OMPI_COMM_WORLD_SIZE", "2"}}, 2));
}

TEST(LaunchCheck, MpirunOfOneRankInALargerAllocationIsMeant) {
  EXPECT_NO_THROW(
      check_launch({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}, 1));
}

TEST(LaunchCheck, AnMpirunOfAnotherLibraryIsNamed) { expect_refused({{"OMPI_COMM_WORLD_SIZE", "4"}}, 1); }

}  // namespace
}  // namespace hone
