// A build for a LibTorch without CUDA sees no device, so that nothing below that is ever asked.
#include "comm/cuda_device.hpp"
#include "comm/device_communicator.hpp"
#include "comm/nccl_id.hpp"
#include "comm/nvidia_driver.hpp"

namespace hone {
namespace {

[[noreturn]] void fail_absent() { fail_assertion("a CUDA device", __FILE__, __LINE__); }

}  // namespace

VisibleDevices visible_cuda_devices() { return {0, "this build has no CUDA", runs_nvidia_driver()}; }
void use_cuda_device(int) { fail_absent(); }
CudaProperties cuda_properties(int) { fail_absent(); }
void synchronize_cuda_device() { fail_absent(); }

void start_copy_to_host(void*, const void*, std::int64_t) { fail_absent(); }
PinnedMemory::PinnedMemory(void*, std::int64_t) : data_(nullptr) {}
PinnedMemory::~PinnedMemory() = default;

std::unique_ptr<Communicator> make_device_communicator(const Device& device, Communicator&, bool,
                                                       std::function<void(const Error&)>) {
  HONE_ASSERT(!device.is_cuda());
  return nullptr;
}

std::string nccl_library_version() { return "none"; }
std::string share_nccl_id(Communicator&) { fail_absent(); }

}  // namespace hone
