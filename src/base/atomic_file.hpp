#pragma once

#include <filesystem>
#include <string_view>

namespace hone {

/// In the name of a file that is not whole yet, behind the name that it will have.
inline constexpr std::string_view kUnfinishedMark = ".tmp-";
/// Where this process writes what will be `path`.
std::filesystem::path unfinished_path(const std::filesystem::path& path);

/// Writes `text` at its unfinished_path(), syncs and renames: readers see the old file or
/// the whole new one. Throws Error(kRunTimeFailure) with the system's reason (full disk included).
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// The same where nothing has that name; else leaves what is there and returns false. Of processes that do so
/// at once one wins, but for file systems without hard links, where the last one does.
bool create_file_atomically(const std::filesystem::path& path, std::string_view text);

/// fsync of a file or folder that was written by other means. Throws Error(kRunTimeFailure).
void sync_to_disk(const std::filesystem::path& path);

/// Renames and syncs the folder, so that the new name survives a crash. Throws Error(kRunTimeFailure).
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace hone
