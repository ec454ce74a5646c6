#include "base/number_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace hone {

std::string count_text(std::uint64_t count) { return human_count(static_cast<std::int64_t>(count)); }

std::string counted(std::uint64_t count, const char* thing) {
  return fmt::format("{} {}{}", count_text(count), thing, count == 1 ? "" : "s");
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.1f} %", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace hone
