#pragma once

#include <mpi.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "comm/activity.hpp"
#include "comm/stall.hpp"

namespace hone {

/// Ends a job in which a rank does not arrive in a collective. A thread of every rank looks at what this rank
/// has noted in its Activity, a few times per time-out, and tells it to the first and the last rank over a
/// communicator of its own; these two tell it to all. The first of them that is alive judges (find_stall),
/// any rank where both are silent. Time is counted by this thread's own turns, so that a job that was
/// suspended and goes on finds nobody late.
class Watchdog {
 public:
  /// Told what happened; must end the job. Called on the watchdog's thread.
  using OnStall = std::function<void(const Error&)>;

  /// All ranks make it together, on the thread that trains. Duplicates `parent`; `activity` must outlive it.
  Watchdog(MPI_Comm parent, Activity& activity, std::vector<std::string> hosts, std::chrono::seconds timeout,
           OnStall on_stall);
  /// All ranks leave together.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct Report;
  struct Outgoing;

  void run();
  void observe(double seconds);
  void tell();
  void hear(double seconds);
  void take(const Report& report);
  bool judges() const;
  void judge();
  Error describe(const Stall& stall) const;
  std::string described(int rank) const;
  void part();

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  Activity& activity_;
  std::vector<std::string> hosts_;  // by rank
  double timeout_;                  // seconds
  OnStall on_stall_;
  clockid_t trainer_clock_{};  // CPU time of the thread that trains
  double trainer_seconds_ = 0;
  std::uint64_t changes_ = 0;
  std::vector<RankState> ranks_;
  std::vector<bool> parted_;
  std::vector<Outgoing> outgoing_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hone
