#pragma once

#include <span>
#include <string>

namespace hone {

/// What a command line says is repeated in JSON (manifest.json, run.json), which is UTF-8. Throws
/// Error(kUsage) naming the first word that is not.
void require_utf8(std::span<const std::string> words);

}  // namespace hone
