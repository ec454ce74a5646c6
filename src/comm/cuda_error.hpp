#pragma once

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <string>

#include "base/error.hpp"

namespace hone {

/// Throws Error(kRunTimeFailure) for anything but cudaSuccess.
inline void check_cuda(cudaError_t code, const char* operation) {
  if (code == cudaSuccess) return;
  fail_run(std::string("CUDA failed in ") + operation, cudaGetErrorString(code),
           "look at the device with nvidia-smi and at the host's system log; the last complete checkpoint "
           "resumes");
}

/// Throws Error(kRunTimeFailure) for anything but success, with NCCL's own last words where there are any.
inline void check_nccl(ncclResult_t code, const char* operation, ncclComm_t comm = nullptr) {
  if (code == ncclSuccess) return;
  const char* const last = ncclGetLastError(comm);
  const std::string detail = last != nullptr && *last != '\0' ? std::string(": ") + last : "";
  fail_run(std::string("NCCL failed in ") + operation, ncclGetErrorString(code) + detail,
           "set NCCL_DEBUG=INFO to see which interface it takes, NCCL_SOCKET_IFNAME to name one");
}

}  // namespace hone
