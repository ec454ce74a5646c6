#pragma once

#include <filesystem>

namespace hone {

/// Refuses a JSON file of a model folder that starts with a byte order mark: Python's json, and with it
/// transformers, would not read it. Where the file can't be read, whoever does says so. Throws Error(kData).
void require_no_byte_order_mark(const std::filesystem::path& path);

}  // namespace hone
