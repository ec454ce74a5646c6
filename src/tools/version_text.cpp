#include "tools/version_text.hpp"

#include <H5public.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "base/version.hpp"
#include "comm/mpi_session.hpp"
#include "comm/nccl_info.hpp"

namespace hone {

std::string version_text(const std::string& program) {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{} {} (git {})\nLibTorch {}\nMPI      {}\nHDF5     {}.{}.{}\nNCCL     {}\n", program, kVersion, kGitHash, TORCH_VERSION,
                     mpi_library_version(), major, minor, release, nccl_library_version());
}

}  // namespace hone
