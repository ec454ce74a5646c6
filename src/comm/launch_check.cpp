#include "comm/launch_check.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr const char* kMpiVariables[] = {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                         "PMI_RANK", "PMI_SIZE"};
constexpr const char* kRanks[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"};
constexpr const char* kSlurmVariables[] = {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_STEP_NUM_TASKS"};

int number(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? 0 : std::atoi(found->second.c_str());
}

// srun says how many tasks its step has. A batch script and a plain loop over tasks know SLURM_NTASKS and
// SLURM_PROCID; an interactive allocation's shell has no SLURM_PROCID, and one rank there is meant.
int tasks_started(const Environment& environment) {
  if (const int tasks = number(environment, "SLURM_STEP_NUM_TASKS"); tasks > 0) return tasks;
  return environment.contains("SLURM_PROCID") ? number(environment, "SLURM_NTASKS") : 0;
}

}  // namespace

Environment process_environment() {
  Environment environment;
  const auto take = [&](const char* name) {
    if (const char* value = std::getenv(name); value != nullptr) environment[name] = value;
  };
  for (const char* name : kMpiVariables) take(name);
  for (const char* name : kSlurmVariables) take(name);
  return environment;
}

bool launched_by_mpi(const Environment& environment) {
  for (const char* name : kMpiVariables) {
    if (environment.contains(name)) return true;
  }
  return false;
}

int launched_rank(const Environment& environment) {
  for (const char* name : kRanks) {
    if (environment.contains(name)) return number(environment, name);
  }
  return 0;
}

void check_launch(const Environment& environment, int world_size) {
  // mpirun said how many it started, or a PMI did: `mpirun -np 1` in a larger allocation is meant.
  if (const int expected = number(environment, "OMPI_COMM_WORLD_SIZE"); expected > 0) {
    if (expected == world_size) return;
    fail_usage(fmt::format("mpirun started {} ranks but MPI joined {}", expected, world_size),
               "the program and mpirun belong to different MPI libraries",
               "use the mpirun of the MPI that Hone was built with");
  }
  if (const int expected = number(environment, "PMI_SIZE"); expected > 0) {
    if (expected == world_size) return;
    fail_usage(fmt::format("the launcher's PMI says {} ranks but MPI joined {}", expected, world_size),
               "this MPI does not speak that PMI", "start with `srun --mpi=pmix`, or with this MPI's mpirun");
  }
  if (const int tasks = tasks_started(environment); tasks > world_size) {
    fail_usage(world_size == 1
                   ? fmt::format("Slurm started {} tasks but each sees a job of one rank", tasks)
                   : fmt::format("Slurm started {} tasks but MPI joined {} of them", tasks, world_size),
               "no PMI connects them", "start with `srun --mpi=pmix` or with mpirun inside the allocation");
  }
}

}  // namespace hone
