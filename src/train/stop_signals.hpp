#pragma once

namespace hone {

/// From here on SIGTERM, SIGINT and SIGUSR1 are remembered and end nothing: the run stops in good order at a
/// step's end. A second SIGTERM or SIGINT ends the process at once, with one line and exit code 1.
void catch_stop_signals();

/// The first of them that came; 0 while none has.
int stop_signal();

}  // namespace hone
