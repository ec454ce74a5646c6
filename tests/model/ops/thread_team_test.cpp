#include "model/ops/thread_team.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include "base/cores.hpp"
#include "base/error.hpp"

namespace hone {
namespace {

int team_size() {
  int size = 0;
#pragma omp parallel
#pragma omp single
  size = omp_get_num_threads();
  return size;
}

TEST(ThreadTeam, HasTheThreadsAskedForWhereOpenMpWouldAdaptThemToTheMachine) {
  const int before = omp_get_max_threads(), many = 2 * static_cast<int>(host_cores().count());
  omp_set_dynamic(1);
  ops::take_threads(many);
  EXPECT_EQ(team_size(), many);
  omp_set_num_threads(before);
}

TEST(ThreadTeam, IsRefusedInsideARegionThatLeavesItOneThread) {
  omp_set_max_active_levels(1);
#pragma omp parallel num_threads(2)
#pragma omp single
  EXPECT_THROW(ops::take_threads(2), Error);
}

}  // namespace
}  // namespace hone
