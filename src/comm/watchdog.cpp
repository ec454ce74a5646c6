#include "comm/watchdog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "comm/mpi_error.hpp"

namespace hone {
namespace {

constexpr double kTurnsPerTimeout = 20;
constexpr double kLongestTurn = 5;    // seconds
constexpr double kBusyShare = 0.005;  // of a turn on the CPU: less is waiting
constexpr std::size_t kTextBytes = 120;

double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void copy_text(const std::string& text, char (&out)[kTextBytes]) {
  const std::size_t length = std::min(text.size(), kTextBytes - 1);
  std::memcpy(out, text.data(), length);
  out[length] = '\0';
}

}  // namespace

/// A rank's word about itself, as it travels.
struct Watchdog::Report {
  std::uint64_t entered = 0;
  double waited = 0, stalled = 0;
  std::int32_t rank = 0;
  bool inside = false, on_device = false, parting = false;
  char collective[kTextBytes] = "", work[kTextBytes] = "";
};

/// At most one report is on its way to a peer: one that is stopped must not be sent ever more.
struct Watchdog::Outgoing {
  int peer = 0;
  Report report;
  MPI_Request request = MPI_REQUEST_NULL;
};

Watchdog::Watchdog(MPI_Comm parent, Activity& activity, std::vector<std::string> hosts,
                   std::chrono::seconds timeout, OnStall on_stall)
    : activity_(activity),
      hosts_(std::move(hosts)),
      timeout_(static_cast<double>(timeout.count())),
      on_stall_(std::move(on_stall)) {
  check_mpi(MPI_Comm_dup(parent, &comm_), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  ::pthread_getcpuclockid(::pthread_self(), &trainer_clock_);
  ranks_.resize(static_cast<std::size_t>(size_));
  parted_.resize(static_cast<std::size_t>(size_), false);
  const auto hears_all = [&](int rank) { return rank == 0 || rank == size_ - 1; };
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    if (hears_all(peer) || hears_all(rank_)) {
      outgoing_.emplace_back().peer = peer;
    } else {
      parted_[static_cast<std::size_t>(peer)] = true;  // never heard of
    }
  }
  thread_ = std::thread([this] {
    try {
      run();
    } catch (const Error& error) {
      on_stall_(error);
    }
  });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  MPI_Comm_free(&comm_);
}

void Watchdog::run() {
  const double turn = std::min(kLongestTurn, timeout_ / kTurnsPerTimeout);
  auto last = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::duration<double>(turn), [this] { return stopping_; })) {
    const auto now = std::chrono::steady_clock::now();
    // A longer turn means that this process itself was stopped.
    const double seconds = std::min(std::chrono::duration<double>(now - last).count(), 2 * turn);
    last = now;
    lock.unlock();
    observe(seconds);
    tell();
    hear(seconds);
    if (judges()) judge();
    lock.lock();
  }
  lock.unlock();
  part();
}

void Watchdog::observe(double seconds) {
  RankState& own = ranks_[static_cast<std::size_t>(rank_)];
  const Activity::Note note = activity_.note();
  const double cpu = cpu_seconds(trainer_clock_);
  const bool busy = note.writing || cpu - trainer_seconds_ >= kBusyShare * seconds;
  trainer_seconds_ = cpu;
  if (note.changes != changes_) {
    own.waited = own.stalled = 0;
  } else if (note.inside) {
    own.waited += seconds;
  } else {
    own.stalled += busy ? seconds / kBusyPatience : seconds;
  }
  changes_ = note.changes;
  own.entered = note.entered;
  own.inside = note.inside;
  own.on_device = note.on_device;
  own.collective = note.collective;
  own.work = note.work;
}

void Watchdog::tell() {
  const RankState& own = ranks_[static_cast<std::size_t>(rank_)];
  for (Outgoing& to : outgoing_) {
    int sent = 0;
    check_mpi(MPI_Test(&to.request, &sent, MPI_STATUS_IGNORE), "MPI_Test");
    if (sent == 0) continue;
    to.report = {own.entered, own.waited, own.stalled, rank_, own.inside, own.on_device, false, "", ""};
    copy_text(own.collective, to.report.collective);
    copy_text(own.work, to.report.work);
    check_mpi(MPI_Isend(&to.report, sizeof(Report), MPI_BYTE, to.peer, 0, comm_, &to.request), "MPI_Isend");
  }
}

void Watchdog::hear(double seconds) {
  for (std::size_t peer = 0; peer < ranks_.size(); ++peer) {
    if (static_cast<int>(peer) != rank_ && !parted_[peer]) ranks_[peer].silent += seconds;
  }
  for (int there = 1; there != 0;) {
    MPI_Status status;
    check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, 0, comm_, &there, &status), "MPI_Iprobe");
    if (there == 0) break;
    Report report;
    check_mpi(MPI_Recv(&report, sizeof report, MPI_BYTE, status.MPI_SOURCE, 0, comm_, MPI_STATUS_IGNORE),
              "MPI_Recv");
    take(report);
  }
}

void Watchdog::take(const Report& report) {
  const auto peer = static_cast<std::size_t>(report.rank);
  if (report.parting) {
    parted_[peer] = true;
    ranks_[peer].silent = 0;
    return;
  }
  ranks_[peer] = {.silent = 0,
                  .entered = report.entered,
                  .inside = report.inside,
                  .on_device = report.on_device,
                  .waited = report.waited,
                  .stalled = report.stalled,
                  .collective = report.collective,
                  .work = report.work};
}

bool Watchdog::judges() const {
  const auto silent = [&](int rank) { return ranks_[static_cast<std::size_t>(rank)].silent >= timeout_; };
  const int last = size_ - 1;
  return rank_ == 0 || (silent(0) && (rank_ == last || silent(last)));
}

void Watchdog::judge() {
  if (const auto stall = find_stall(ranks_, timeout_)) on_stall_(describe(*stall));
}

std::string Watchdog::described(int rank) const {
  return fmt::format("rank {} on host {}", rank, hosts_[static_cast<std::size_t>(rank)]);
}

Error Watchdog::describe(const Stall& stall) const {
  const RankState& waiting = ranks_[static_cast<std::size_t>(stall.waiting)];
  const std::string where = fmt::format("{} (collective {})", waiting.collective, waiting.entered);
  if (stall.late.empty()) {
    return {ExitCode::kRunTimeFailure,
            fmt::format("{} got no data in {} for {:.0f} s", described(stall.waiting), where, waiting.waited),
            "every rank has arrived: the network between them may be broken",
            "start again, without that host where it happens again; the last complete checkpoint resumes"};
  }
  const int worst = stall.late.front();
  const RankState& late = ranks_[static_cast<std::size_t>(worst)];
  const std::vector<int> others(stall.late.begin() + 1, stall.late.end());
  const std::string why =
      late.silent >= timeout_
          ? fmt::format(
                "no sign of life for {:.0f} s: it was stopped or swapped out, or its host or the "
                "network is down; last seen at {}",
                late.silent, late.work)
          : fmt::format("it lives, but is stuck at {}", late.work);
  return {ExitCode::kRunTimeFailure,
          fmt::format("{}{} did not arrive in {} within {:.0f} s", described(worst),
                      others.empty() ? "" : fmt::format(" (and rank {})", fmt::join(others, ", ")), where,
                      timeout_),
          fmt::format("{}, after {} (collective {})", why, late.collective, late.entered),
          "look at that host's memory, disks and system log and start again; the last complete checkpoint "
          "resumes"};
}

// Every rank hears until all who report to it have parted, so that no report is left on its way.
void Watchdog::part() {
  for (Outgoing& to : outgoing_) {
    for (int sent = 0; sent == 0;) {
      check_mpi(MPI_Test(&to.request, &sent, MPI_STATUS_IGNORE), "MPI_Test");
      hear(0);
    }
    to.report = {};
    to.report.rank = rank_;
    to.report.parting = true;
    check_mpi(MPI_Isend(&to.report, sizeof(Report), MPI_BYTE, to.peer, 0, comm_, &to.request), "MPI_Isend");
  }
  parted_[static_cast<std::size_t>(rank_)] = true;
  const auto all_parted = [&] { return std::find(parted_.begin(), parted_.end(), false) == parted_.end(); };
  while (!all_parted()) {
    hear(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (Outgoing& to : outgoing_) check_mpi(MPI_Wait(&to.request, MPI_STATUS_IGNORE), "MPI_Wait");
}

}  // namespace hone
