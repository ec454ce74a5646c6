#pragma once

#include <string>
#include <string_view>

namespace hone {

/// Whether valid UTF-8 `text` is in normalisation form C for certain, told from its characters one by one.
/// False means only that to_nfc() has to look.
bool is_surely_nfc(std::string_view text);

/// Normalisation form C (Unicode Standard Annex 15) of valid UTF-8. Throws Error(kRun) when utf8proc fails.
std::string to_nfc(std::string_view text);

}  // namespace hone
