#include "preprocess/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/log.hpp"
#include "base/number_text.hpp"
#include "base/text.hpp"

namespace hone {

Progress::Progress(std::uint64_t total_bytes)
    : total_(total_bytes), start_(Clock::now()), last_(start_), terminal_(::isatty(STDOUT_FILENO) != 0) {}

void Progress::advance(std::uint64_t bytes, std::uint64_t rows) {
  done_ += bytes;
  rows_ += rows;
  const Clock::time_point now = Clock::now();
  if (now - last_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000))) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done_) / seconds;
  std::string line = fmt::format("{} rows  {:.1f} MB/s", count_text(rows_), rate / 1e6);
  if (total_ > 0) {
    const double left = static_cast<double>(total_ - std::min(total_, done_)) / rate;
    line = fmt::format("{:5.1f} %  {}  {} left",
                       100.0 * static_cast<double>(done_) / static_cast<double>(total_), line,
                       human_duration(left));
  }
  if (terminal_) {
    fmt::print("\r{}\x1b[K", line);
    std::fflush(stdout);
  } else {
    log::info("{}", line);
  }
  printed_ = true;
}

void Progress::clear_line() const {
  if (!terminal_ || !printed_) return;
  fmt::print("\r\x1b[K");
  std::fflush(stdout);
}

void Progress::finish() {
  clear_line();
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  log::info("read       {:.1f} MB in {:.1f} s ({:.1f} MB/s)", static_cast<double>(done_) / 1e6, seconds,
            static_cast<double>(done_) / 1e6 / seconds);
}

}  // namespace hone
