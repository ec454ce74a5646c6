#pragma once

#include <cstdint>
#include <string>

namespace hone {

/// The CUDA devices that this process sees: the runtime counts those that CUDA_VISIBLE_DEVICES leaves.
struct VisibleDevices {
  int count = 0;
  std::string reason;   // why there are none, as the driver says it
  bool driver = false;  // whether the host runs NVIDIA's driver
};

struct CudaProperties {
  std::string name;               // "NVIDIA H100 80GB HBM3"
  std::string uuid;               // the same for every process that sees the card, whatever its index there
  std::int64_t memory_bytes = 0;  // of the whole card
  int major = 0, minor = 0;       // compute capability

  bool has_bfloat16() const { return major >= 8; }
};

/// Never throws: a machine without driver or card has none.
VisibleDevices visible_cuda_devices();
/// Makes it the device of the calling thread. Throws Error(kRunTimeFailure).
void use_cuda_device(int index);
CudaProperties cuda_properties(int index);
/// Returns when all work of the calling thread's device is done; throws Error(kRunTimeFailure) for what
/// failed there.
void synchronize_cuda_device();

/// Starts a copy from the device's memory, behind what LibTorch has issued; synchronize_cuda_device() ends
/// it.
void start_copy_to_host(void* host, const void* device, std::int64_t bytes);

/// Host memory that a device copies to at full speed while this lives; memory that can't be pinned is copied
/// to slower.
class PinnedMemory {
 public:
  PinnedMemory(void* data, std::int64_t bytes);
  ~PinnedMemory();
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  bool holds() const { return data_ != nullptr; }

 private:
  void* data_;  // null where it could not be pinned
};

}  // namespace hone
