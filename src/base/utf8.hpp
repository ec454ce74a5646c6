#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hone {

/// What a command line says is repeated in JSON (manifest.json, run.json), which is UTF-8. Throws
/// Error(kUsage) naming the first word that is not.
void require_utf8(std::span<const std::string> words);

/// Bytes for people to read: what is no UTF-8 as U+FFFD, control characters but for line breaks and tabs
/// spelled out as \x1b, so that no text acts on a terminal.
std::string harmless_text(std::string_view bytes);

}  // namespace hone
