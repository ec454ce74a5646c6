#include "train/stop_signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>
#include <thread>

#include "base/error.hpp"

namespace hone {
namespace {

std::atomic<int> first_signal = 0;
std::atomic<bool> told_to_end = false;  // by SIGTERM or SIGINT
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

constexpr std::string_view kEnded =
    "hone-train: error: ended at once (a second SIGTERM or SIGINT came); complete checkpoints are as they "
    "were: start again to go on from the newest one\n";

extern "C" void remember(int signal) {
  const int error = errno;
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
  if (signal != SIGUSR1 && told_to_end.exchange(true)) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kEnded.data(), kEnded.size());
    ::_exit(static_cast<int>(ExitCode::kRunTimeFailure));  // nothing else is safe inside a handler
  }
  errno = error;
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    sigaction(signal, &action, nullptr);
    sigaddset(&signals, signal);
  }
  std::thread([signals] {
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // whatever the parent process had blocked
    while (true) ::pause();
  }).detach();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int stop_signal() { return first_signal.load(); }

}  // namespace hone
