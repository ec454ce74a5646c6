#pragma once

namespace hone {

/// Freed memory stays with the process for its next use: what a step frees the next one asks for again, and
/// every page that the system gives anew is cleared and faulted in. The peak is the same.
void keep_freed_memory();

}  // namespace hone
