#pragma once

#include <mpi.h>

#include <string>

#include "base/error.hpp"

namespace hone {

/// Throws Error(kRunTimeFailure) for anything but MPI_SUCCESS.
inline void check_mpi(int code, const char* operation) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  fail_run(std::string("MPI failed in ") + operation, std::string(text, static_cast<std::size_t>(length)),
           "a peer or the network may be down; see the first error of the job");
}

}  // namespace hone
