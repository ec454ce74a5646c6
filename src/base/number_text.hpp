#pragma once

#include <cstdint>
#include <string>

namespace hone {

/// 1234567 -> "1,234,567".
std::string count_text(std::uint64_t count);
/// "1 row", "1,234 rows".
std::string counted(std::uint64_t count, const char* thing);
/// "61.2 %" of `whole`, which is not 0.
std::string share_text(std::uint64_t part, std::uint64_t whole);

}  // namespace hone
