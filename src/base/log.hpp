#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace hone::log {

/// Plain progress lines on stdout; `warn` goes to stderr as `PROGRAM: warning: ...`.
void start(const std::string& program);

/// Ranks other than 0 stay silent on `info`; warnings and errors always show.
void set_quiet(bool quiet);

void info_line(const std::string& line);
void warn_line(const std::string& line);

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  info_line(fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace hone::log
