#pragma once

namespace hone {

/// Most mistakes stop every rank of a job at once, and one line is enough. Every rank but the first waits for
/// three seconds before it says what stopped it: where the first says so too, the job has ended by then (Open
/// MPI kills ranks that take a SIGTERM for a request after one second). Needs no MPI.
void wait_for_first_rank();

}  // namespace hone
