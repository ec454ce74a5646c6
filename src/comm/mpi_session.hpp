#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cores.hpp"
#include "base/error.hpp"
#include "comm/communicator.hpp"

namespace hone {

class Watchdog;

/// MPI for the life of a program: this process's place in the job and the communicator. Without a launcher it
/// is a job of one rank and MPI is not started. Owned by main, outside the code that may throw, so that a
/// failure can end the job before anything waits for peers.
class MpiSession {
 public:
  /// Throws Error(kUsage) for a launch without its peers (see launch_check.hpp).
  MpiSession();
  /// Ends MPI in good order. Never reached while a failure unwinds: main calls abort() then.
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  Communicator& communicator() { return *communicator_; }
  int rank() const { return communicator_->rank(); }
  int size() const { return communicator_->size(); }
  /// Among the ranks of this host, found by shared memory, not by variables of a launcher.
  int local_rank() const { return local_rank_; }
  int local_size() const { return static_cast<int>(local_cores_.size()); }
  /// Cores that each rank of this host may run on, by local rank.
  std::span<const CoreSet> local_cores() const { return local_cores_; }
  /// Compute threads for this rank where the user names no number (see cores.hpp).
  int compute_threads() const;
  const std::string& host() const { return host_; }

  /// `[rank 5/16 host nid0012]`, or "" for a job of one rank.
  std::string place() const;
  /// From now on a rank that does not arrive in a collective is named after `timeout` (see watchdog.hpp).
  /// All ranks call it together, on the thread that trains; `on_stall` runs on another and must end the job.
  void watch(std::chrono::seconds timeout, std::function<void(const Error&)> on_stall);
  /// Takes the whole job down with this exit code, at once.
  void abort(ExitCode code) const;

 private:
  bool started_ = false;
  int local_rank_ = 0;
  std::vector<CoreSet> local_cores_;
  std::string host_;
  std::unique_ptr<Communicator> communicator_;
  std::unique_ptr<Watchdog> watchdog_;
};

/// "Open MPI v4.1.4, ..." without starting MPI.
std::string mpi_library_version();

}  // namespace hone
