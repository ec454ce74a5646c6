#pragma once

#include <map>
#include <string>

namespace hone {

using Environment = std::map<std::string, std::string>;

/// The variables of this process that launchers set.
Environment process_environment();

/// Whether a launcher (mpirun, srun with PMIx or PMI) gave this process peers to connect to.
bool launched_by_mpi(const Environment& environment);

/// This process among those that a launcher started, from 0; 0 without one. Known before MPI is.
int launched_rank(const Environment& environment);

/// Throws Error(kUsage) when a launcher (mpirun, a PMI, srun) started more tasks than MPI joined, or MPI
/// joined another number than its own launcher says: parts of the job would train apart and write over each
/// other's results.
void check_launch(const Environment& environment, int world_size);

}  // namespace hone
