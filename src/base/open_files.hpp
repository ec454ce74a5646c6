#pragma once

#include <string>

namespace hone {

/// Raises the number of files that this process may hold open to what it may be raised to, 65,536 at most: a
/// dataset holds one open for each of its parts, and many systems give a process 1,024.
void raise_open_file_limit();

/// Whether `reason`, a text of the system, says that this process or the system holds too many files open.
bool is_lack_of_open_files(const std::string& reason);

/// Throws Error(kRunTimeFailure) for a file that can't be opened for that reason: it is no damage.
[[noreturn]] void fail_for_lack_of_open_files(const std::string& file, const std::string& reason);

}  // namespace hone
