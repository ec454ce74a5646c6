#pragma once

#include <cstdint>

namespace hone {

/// Freed memory stays with the process for its next use: what a step frees the next one asks for again, and
/// every page that the system gives anew is cleared and faulted in. The peak is the same.
void keep_freed_memory();

/// The largest resident size of this program so far, in bytes. getrusage() would count what the process was
/// before it became this program, a Python launcher's memory for one.
std::int64_t peak_resident_bytes();

}  // namespace hone
