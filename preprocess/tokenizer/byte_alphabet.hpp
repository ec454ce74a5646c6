#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

/// Byte-level BPE vocabularies (Radford et al. 2019) spell each byte as one printable character: printable
/// Latin-1 as itself, the rest as U+0100 onwards. Turns a vocabulary entry back into its bytes; nothing for a
/// character outside the alphabet.
std::optional<std::string> bytes_of_vocabulary_entry(std::string_view entry);

}  // namespace hone
