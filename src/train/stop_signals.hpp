#pragma once

namespace hone {

/// From here on SIGTERM, SIGINT and SIGUSR1 are remembered and end nothing: the run stops in good order at a
/// step's end. A second SIGTERM or SIGINT ends the process at once, with one line and exit code 1.
/// A thread of its own takes them. The calling thread and those it starts from now on never do: kernels that
/// oneDNN generates keep data addresses in the stack pointer, and a handler's frame would land in the data.
void catch_stop_signals();

/// The first of them that came; 0 while none has.
int stop_signal();

}  // namespace hone
