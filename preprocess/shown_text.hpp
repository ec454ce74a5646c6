#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hone {

/// Text of a row as a message quotes it: harmless (harmless_text()), on one line, and cut at the end of a
/// character where it is longer than `most` bytes.
std::string shown_text(std::string_view text, std::size_t most = 100);

}  // namespace hone
