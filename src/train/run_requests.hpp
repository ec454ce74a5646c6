#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "comm/communicator.hpp"

namespace hone {

/// What a running job can be asked for from outside. All but the last mean: stop after a checkpoint.
enum class Request { kTerminate, kInterrupt, kUserSignal, kTimeUp, kStopFile, kSaveFile };
inline constexpr std::size_t kRequestCount = 6;

/// "SIGTERM", "the file STOP", ...: what a message calls it.
std::string request_name(Request request);

/// Removes files STOP and SAVE that were meant for an earlier launch, with a notice. To be called as soon as
/// `output` is this launch's: a file made later is meant for it.
void remove_earlier_requests(const std::filesystem::path& output);

/// What the job is asked for, agreed by all ranks: a signal may reach any rank; clock and files are looked at
/// by rank 0 alone, the files about once a second. Agreeing costs nothing of its own: it rides on a sum that
/// the ranks take anyway.
class RunRequests {
 public:
  using Clock = std::chrono::steady_clock;

  /// `max_hours` after `launch` the job must have ended; 0: no limit. The communicator must outlive this.
  RunRequests(std::filesystem::path output, double max_hours, Clock::time_point launch, Communicator& comm);

  /// Time's up so many seconds before the limit: what a step and a checkpoint take. The limit counts from the
  /// first call on, so that every launch gets a step further.
  void reserve(double seconds) { reserve_ = seconds; }

  /// The sum of `value` over the ranks; in the same reduction they agree on what was asked for until now. All
  /// ranks call it together.
  double sum_and_agree(double value);
  /// Agreed on: why to stop, if so. It stays so.
  std::optional<Request> stop() const { return stop_; }
  /// Agreed on: a checkpoint is wanted, and the caller begins one. True once for each request; the file SAVE
  /// goes then, by rank 0's hand.
  bool take_save();

 private:
  /// By Request: 1 where this rank was asked, else 0.
  std::array<double, kRequestCount> asked();
  void look_at_files(std::array<double, kRequestCount>& asked);

  std::filesystem::path output_;
  double max_seconds_;
  Clock::time_point launch_;
  Communicator& comm_;
  std::optional<double> reserve_;
  std::optional<Clock::time_point> looked_;
  bool save_file_stays_ = false;  // it can't be removed
  std::optional<Request> stop_;
  bool save_ = false;
};

}  // namespace hone
