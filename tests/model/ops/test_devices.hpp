#pragma once

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <iostream>
#include <string>
#include <vector>

namespace hone {

/// Where and in which precision a suite runs.
struct OpCase {
  at::Device device;
  at::ScalarType type;
  double tolerance;  // relative to the largest reference value
};

inline void PrintTo(const OpCase& value, std::ostream* out) { *out << value.device << " " << value.type; }

/// "CpuFloat64", "CudaBfloat16".
inline std::string name_of(const OpCase& value) {
  const char* const type = value.type == at::kDouble  ? "Float64"
                           : value.type == at::kFloat ? "Float32"
                                                      : "Bfloat16";
  return (value.device.is_cpu() ? std::string("Cpu") : std::string("Cuda")) + type;
}

/// Where a suite runs: on the CPU, and on a device where this process sees one. Says which.
inline std::vector<at::Device> find_test_devices() {
  if (at::detail::getCUDAHooks().deviceCount() == 0) {
    std::cout << "no CUDA device is seen: the suite runs on the CPU alone\n";
    return {at::kCPU};
  }
  std::cout << "the suite runs on the CPU and on the CUDA device\n";
  return {at::kCPU, at::Device(at::kCUDA, 0)};
}
inline const std::vector<at::Device>& test_devices() {
  static const std::vector<at::Device> devices = find_test_devices();
  return devices;
}

/// The portable expressions in float64 and the CPU's kernels in float32; on a device what it computes in.
inline std::vector<OpCase> find_op_cases() {
  std::vector<OpCase> cases = {{at::kCPU, at::kDouble, 1e-10}, {at::kCPU, at::kFloat, 1e-5}};
  for (const at::Device& device : test_devices()) {
    if (device.is_cpu()) continue;
    cases.insert(cases.end(),
                 {{device, at::kDouble, 1e-9}, {device, at::kFloat, 1e-4}, {device, at::kBFloat16, 3e-2}});
  }
  return cases;
}
inline const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = find_op_cases();
  return cases;
}

}  // namespace hone
