#include "tools/version_text.hpp"

#include <H5public.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "base/version.hpp"
#include "comm/mpi_session.hpp"
#include "comm/nccl_id.hpp"

namespace hone {

std::string version_text(const std::string& program) {
  return fmt::format("{} {} (git {})\nLibTorch {}\nMPI      {}\nHDF5     {}.{}.{}\nNCCL     {}\n", program,
                     kVersion, kGitHash, TORCH_VERSION, mpi_library_version(), H5_VERS_MAJOR, H5_VERS_MINOR,
                     H5_VERS_RELEASE, nccl_library_version());
}

}  // namespace hone
