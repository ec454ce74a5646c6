#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hone {

/// The candidate with the smallest edit distance to `name` (Levenshtein 1966), or "" when none is near enough
/// to suggest.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// `did you mean 'x'?`, or "" when no candidate is near enough.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

/// `text` with every `what` (not empty) replaced by `with`.
std::string replaced(std::string_view text, std::string_view what, std::string_view with);

/// 1536 -> "1.5 KiB".
std::string human_bytes(double bytes);
/// 3725 -> "1h 02m 05s".
std::string human_duration(double seconds);
/// 1234567 -> "1,234,567".
std::string human_count(std::int64_t count);

}  // namespace hone
