#pragma once

#include <map>
#include <string>

namespace hone {

using Environment = std::map<std::string, std::string>;

/// The variables of this process that launchers set.
Environment process_environment();

/// Whether a launcher (mpirun, srun with PMIx or PMI) gave this process peers to connect to.
bool launched_by_mpi(const Environment& environment);

/// Throws Error(kUsage) when a launcher started several tasks but MPI joined fewer: each would train alone
/// and write over the others' results.
void check_launch(const Environment& environment, int world_size);

}  // namespace hone
