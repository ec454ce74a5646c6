#include "model/ops/thread_team.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <omp.h>

#include "base/error.hpp"

namespace hone::ops {

void take_threads(int threads) {
  omp_set_dynamic(0);
  at::set_num_threads(threads);
  int given = 0;
#pragma omp parallel
#pragma omp single
  given = omp_get_num_threads();
  if (given == threads) return;
  fail_usage(fmt::format("OpenMP gives {} of {} threads", given, threads),
             fmt::format("its limit is {}", omp_get_thread_limit()),
             "unset OMP_THREAD_LIMIT, or bind the rank to as many cores");
}

}  // namespace hone::ops
