#include "comm/cuda_device.hpp"

#include <fmt/format.h>

#include "comm/cuda_error.hpp"
#include "comm/nvidia_driver.hpp"

namespace hone {

VisibleDevices visible_cuda_devices() {
  VisibleDevices visible;
  const cudaError_t code = cudaGetDeviceCount(&visible.count);
  visible.driver = runs_nvidia_driver();
  if (code == cudaSuccess && visible.count > 0) return visible;
  (void)cudaGetLastError();  // LibTorch would report it as its own
  return {0, code == cudaSuccess ? "CUDA_VISIBLE_DEVICES leaves none" : cudaGetErrorString(code),
          visible.driver};
}

// A thread that waits for the device sleeps: one that spins would look busy to the watchdog, which is patient
// with those.
void use_cuda_device(int index) {
  check_cuda(cudaSetDevice(index), "cudaSetDevice");
  check_cuda(cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync), "cudaSetDeviceFlags");
}

CudaProperties cuda_properties(int index) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  std::string uuid;
  for (const char byte : properties.uuid.bytes)
    uuid += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return {properties.name, uuid, static_cast<std::int64_t>(properties.totalGlobalMem), properties.major,
          properties.minor};
}

void synchronize_cuda_device() { check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize"); }

void start_copy_to_host(void* host, const void* device, std::int64_t bytes) {
  check_cuda(cudaMemcpyAsync(host, device, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost, nullptr),
             "cudaMemcpyAsync");
}

PinnedMemory::PinnedMemory(void* data, std::int64_t bytes) : data_(data) {
  if (cudaHostRegister(data, static_cast<std::size_t>(bytes), cudaHostRegisterDefault) == cudaSuccess) return;
  (void)cudaGetLastError();  // a limit of locked memory, say
  data_ = nullptr;
}

PinnedMemory::~PinnedMemory() {
  if (data_ != nullptr) cudaHostUnregister(data_);
}

}  // namespace hone
