#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace hone {

/// The folder that an output's name means, as a rename takes it: without a slash or dots at its end; of a
/// link, what it leads to, which need not be there yet.
std::filesystem::path named_folder(std::filesystem::path name);

/// What lies beside the folder that an output's name means, by what its name has behind that.
std::filesystem::path beside(const std::filesystem::path& output, const char* suffix);
/// NAME.hone-work: the lock of the name, and what a run keeps for the next one should it be killed.
std::filesystem::path work_path(const std::filesystem::path& output);

/// As the file system has it, links followed; for comparing names of what may not be there.
std::filesystem::path canonical_path(const std::filesystem::path& path);

/// Refuses a path that can't even be looked at (no permission on the way, too long a name, links in a
/// circle); one that is not there passes. `flag` named it. Throws Error(kUsage).
void require_reachable(const std::filesystem::path& path, const std::string& flag);

/// What making the folder, and a first file in it, would fail with, as far as a look tells; writes nothing.
std::error_code hindrance_to_making(const std::filesystem::path& folder);

/// Refuses a folder whose name is so long that `made`, which a run makes beside it, would have too long a
/// one. `flag` named it. Throws Error(kUsage).
void require_name_fits(const std::filesystem::path& made, const std::filesystem::path& folder,
                       const std::string& flag);

/// Refuses a folder that no finished one can take the place of by a rename: a mount point, the folder that
/// this process runs in (the shell would be left in the removed one), and a link that leads nowhere but in a
/// circle. `flag` named it, for messages.
/// Throws Error(kUsage).
void require_renamable(const std::filesystem::path& folder, const std::string& flag);

}  // namespace hone
