#pragma once

#include <stdexcept>
#include <string>

namespace hone {

/// What a program's exit status tells the script that started it.
enum class ExitCode : int {
  kDone = 0,
  kRunTimeFailure = 1,
  kDifferent = 1,  // what was compared is not equal, as diff says it
  kUsage = 2,      // wrong usage or configuration: what a flag says wrongly
  kData = 3,       // bad or mismatching input: what a file or folder holds wrongly
  kDiverged = 4,   // non-finite loss or gradient
  kRequeue = 75,   // stopped on request after a complete checkpoint
};

/// A failure a user can act on: what happened, why, and the remedy, in one line.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what, const std::string& why, const std::string& remedy);

  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Throw an Error whose text reads `WHAT (WHY); REMEDY`; an empty WHY or REMEDY is left out.
[[noreturn]] void fail_usage(const std::string& what, const std::string& why, const std::string& remedy);
[[noreturn]] void fail_data(const std::string& what, const std::string& why, const std::string& remedy);
[[noreturn]] void fail_run(const std::string& what, const std::string& why, const std::string& remedy);

/// A broken assumption of Hone's own code, never of a user's input.
[[noreturn]] void fail_assertion(const char* expression, const char* file, int line);

}  // namespace hone

#define HONE_ASSERT(expression) \
  (static_cast<bool>(expression) ? void(0) : ::hone::fail_assertion(#expression, __FILE__, __LINE__))
