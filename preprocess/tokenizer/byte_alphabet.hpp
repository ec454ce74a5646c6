#pragma once

#include <string>
#include <string_view>

namespace hone {

/// Byte-level BPE vocabularies (Radford et al. 2019) spell each byte as one printable character: printable
/// Latin-1 as itself, the rest as U+0100 onwards. Appends the bytes that a vocabulary entry, valid UTF-8,
/// spells; false for a character outside the alphabet.
bool append_bytes_of_entry(std::string_view entry, std::string& bytes);

}  // namespace hone
