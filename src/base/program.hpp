#pragma once

#include <functional>
#include <string>

#include "base/error.hpp"

namespace hone {

/// Where in a job a failure happened: `[rank 5/16 host nid0012 step 420]`; empty for programs that run alone.
using FailurePlace = std::function<std::string()>;
/// Waits until it is this process's turn to say what failed, where several meet the same.
using FailureTurn = std::function<void()>;
/// How a job of several processes ends after a failure; must not wait for the peers.
using FailureEnd = std::function<void(ExitCode)>;

struct Program {
  std::string name;
  std::string less_memory = "free memory, or run it where there is more";  // the remedy for a lack of it
};

/// The one catch of every program: lets it open many files, runs `body`, prints a failure as
/// `PROGRAM: error: [PLACE] WHAT (WHY); REMEDY` to stderr and returns the exit code. Where given, `turn` is
/// called before the line is printed, and `end` after it.
int run_program(const Program& program, const std::function<ExitCode()>& body, const FailurePlace& place = {},
                const FailureEnd& end = {}, const FailureTurn& turn = {});

/// Prints a failure's line and calls `end`: for a thread other than the body's.
void end_program(const std::string& program, ExitCode code, const std::string& message,
                 const FailurePlace& place, const FailureEnd& end);

/// For an answer that standard output is all there is of: throws Error(kRunTimeFailure) where it did not get
/// there, as on a full disk.
void require_printed();

}  // namespace hone
