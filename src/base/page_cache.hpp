#pragma once

#include <filesystem>

namespace hone {

/// Tells the system that a file which is on the disk won't be read soon: its memory can go to what is written
/// next, which would else have to be found and cleared. Advice, so that nothing fails.
void leave_page_cache(const std::filesystem::path& path);

}  // namespace hone
