#include "base/error.hpp"

#include <fmt/format.h>

namespace hone {
namespace {

std::string one_line(const std::string& what, const std::string& why, const std::string& remedy) {
  std::string text = what;
  if (!why.empty()) text += fmt::format(" ({})", why);
  if (!remedy.empty()) text += fmt::format("; {}", remedy);
  // Paths and parser messages may carry line breaks; a log line must not.
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

Error::Error(ExitCode code, const std::string& what, const std::string& why, const std::string& remedy)
    : std::runtime_error(one_line(what, why, remedy)), code_(code) {}

void fail_usage(const std::string& what, const std::string& why, const std::string& remedy) {
  throw Error(ExitCode::kUsage, what, why, remedy);
}

void fail_data(const std::string& what, const std::string& why, const std::string& remedy) {
  throw Error(ExitCode::kData, what, why, remedy);
}

void fail_run(const std::string& what, const std::string& why, const std::string& remedy) {
  throw Error(ExitCode::kRunTimeFailure, what, why, remedy);
}

void fail_assertion(const char* expression, const char* file, int line) {
  throw std::logic_error(
      fmt::format("internal error: '{}' does not hold at {}:{}; please report it", expression, file, line));
}

}  // namespace hone
