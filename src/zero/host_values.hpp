#pragma once

#include "model/tensor.hpp"

namespace hone {

/// A contiguous tensor where the host can write it: itself in host memory, of a device's a copy that
/// write_back() brings there.
class HostValues {
 public:
  /// The copy begins with zeroes, as a fresh shard does.
  explicit HostValues(const Tensor& tensor)
      : tensor_(tensor),
        host_(tensor.is_cpu() ? tensor : at::zeros_like(tensor, at::TensorOptions(at::kCPU))) {}

  template <typename T>
  T* data() const {
    return host_.mutable_data_ptr<T>();
  }
  void write_back() const {
    if (!host_.is_same(tensor_)) tensor_.copy_(host_);
  }

 private:
  Tensor tensor_, host_;
};

}  // namespace hone
