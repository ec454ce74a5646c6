#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace hone {

/// Hands the bytes of a file to `take`, in order, in bounded memory. Throws Error(kData) naming the file and
/// the system's reason when it can't be opened or a read fails: a file is never taken for shorter than it is.
void read_in_pieces(const std::filesystem::path& path, const std::function<void(std::string_view)>& take);
/// The same as long as `take` returns true; whether it always did.
bool read_in_pieces_while(const std::filesystem::path& path,
                          const std::function<bool(std::string_view)>& take);

}  // namespace hone
