#pragma once

#include <functional>
#include <memory>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "comm/device.hpp"

namespace hone {

/// The communicator for memory on `device`, which also serves host memory; null where `host` does: for the
/// CPU and for a job of one rank, unless that gathers from host memory. All ranks call it together;
/// `on_failure` runs on another thread and must end the job. Throws Error(kRunTimeFailure).
std::unique_ptr<Communicator> make_device_communicator(const Device& device, Communicator& host,
                                                       bool gathers_from_host,
                                                       std::function<void(const Error&)> on_failure);

}  // namespace hone
