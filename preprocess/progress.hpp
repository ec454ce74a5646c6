#pragma once

#include <chrono>
#include <cstdint>

namespace hone {

/// How far preprocessing is: one line that renews itself on a terminal, a plain line every ten seconds
/// otherwise.
class Progress {
 public:
  /// 0 where the total is not known.
  explicit Progress(std::uint64_t total_bytes);

  void advance(std::uint64_t bytes, std::uint64_t rows);
  /// Makes room on a terminal for a line of another kind.
  void clear_line() const;
  /// Ends the line on a terminal.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t total_, done_ = 0, rows_ = 0;
  Clock::time_point start_, last_;
  bool terminal_, printed_ = false;
};

}  // namespace hone
