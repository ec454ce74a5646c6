#pragma once

#include <ATen/ATen.h>

namespace hone {

/// What the ranks share, as in ZeRO (Rajbhandari et al. 2020): stage 1 shards optimizer state, 2 gradients
/// too, 3 parameters too. With one rank nothing is sharded, whatever the stage.
struct Sharding {
  int stage = 3;
  int ranks = 1;
  at::ScalarType storage = at::kFloat;  // of resident and gathered values: fp32, bf16 or fp16
  at::ScalarType compute = at::kFloat;  // what layers see
  at::Device device = at::kCPU;         // where all of it lies and is computed
  /// Masters, moments and the gradient that AdamW reads have host memory of their own, whatever the device.
  bool host_optimizer = false;
  /// Shards of parameters lie in host memory, whatever the device, and are brought to it for each use; with
  /// one rank, the whole. Stage 3 only.
  bool host_parameters = false;

  bool optimizer() const { return stage >= 1 && ranks > 1; }
  bool gradients() const { return stage >= 2 && ranks > 1; }
  bool parameters() const { return stage >= 3 && ranks > 1; }
  /// Whether layers' values are brought together for each use instead of being resident.
  bool gathered() const { return parameters() || host_parameters; }

  /// Of what a rank keeps of the parameters.
  at::TensorOptions storage_options() const {
    return at::TensorOptions(host_parameters ? at::Device(at::kCPU) : device).dtype(storage);
  }
  /// Of masters, moments and the gradient that AdamW reads.
  at::TensorOptions optimizer_options() const {
    return at::TensorOptions(host_optimizer ? at::Device(at::kCPU) : device).dtype(at::kFloat);
  }
  /// Of gradients as backward adds them up.
  at::TensorOptions gradient_options() const { return at::TensorOptions(device).dtype(at::kFloat); }
};

}  // namespace hone
