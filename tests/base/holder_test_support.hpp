#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

namespace hone {

inline bool has_open(pid_t process, const std::filesystem::path& file) {
  std::error_code error, gone;
  std::filesystem::directory_iterator entry("/proc/" + std::to_string(process) + "/fd", error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (std::filesystem::equivalent(entry->path(), file, gone)) return true;
  }
  return false;
}

/// A child process that keeps what `take` returns, a lock on `lock` with it, until this process has that file
/// open, which it does to wait for it; then it calls `leave` with what it kept and ends with 0. Comes back
/// when the child has the lock.
template <typename Take, typename Leave>
pid_t hold_until_waited_for(const std::filesystem::path& lock, Take take, Leave leave) {
  int ready[2];
  EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      auto held = take();
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      if (::write(ready[1], "", 1) != 1) ::_exit(1);
      while (!has_open(::getppid(), lock)) {
        if (std::chrono::steady_clock::now() > deadline) ::_exit(1);
        ::usleep(1000);
      }
      leave(held);
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  ::close(ready[1]);
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1) << "the child ended before it had the lock";
  ::close(ready[0]);
  return child;
}

}  // namespace hone
