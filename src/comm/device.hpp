#pragma once

#include <string>

namespace hone {

/// What --device says.
enum class DeviceChoice { kAuto, kCpu, kCuda };

enum class DeviceKind { kCpu, kCuda };

/// What a rank computes on. `index` counts among the devices that this process sees; 0 for the CPU.
struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;

  bool is_cuda() const { return kind == DeviceKind::kCuda; }
};

/// "cpu", "cuda:1".
std::string name_of(const Device& device);

}  // namespace hone
