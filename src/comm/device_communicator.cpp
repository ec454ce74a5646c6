#include "comm/device_communicator.hpp"

#include <utility>

#include "comm/nccl_communicator.hpp"

namespace hone {

std::unique_ptr<Communicator> make_device_communicator(const Device& device, Communicator& host,
                                                       bool gathers_from_host,
                                                       std::function<void(const Error&)> on_failure) {
  if (!device.is_cuda() || (host.size() == 1 && !gathers_from_host)) return nullptr;
  return std::make_unique<NcclCommunicator>(host, std::move(on_failure));
}

}  // namespace hone
