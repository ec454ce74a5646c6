#pragma once

#include "comm/mpi_session.hpp"

namespace hone {

/// The one MPI session of a test program.
MpiSession& test_session();

}  // namespace hone
