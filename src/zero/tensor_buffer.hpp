#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "model/tensor.hpp"

namespace hone {

inline DType dtype_of(const Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat: return DType::kFloat32;
    case at::kBFloat16: return DType::kBFloat16;
    case at::kHalf: return DType::kFloat16;
    case at::kByte: return DType::kUInt8;
    case at::kLong: return DType::kInt64;
    case at::kDouble: return DType::kFloat64;
    default: HONE_ASSERT(false); return DType::kUInt8;
  }
}

inline DeviceKind place_of(const Tensor& tensor) {
  return tensor.is_cpu() ? DeviceKind::kCpu : DeviceKind::kCuda;
}

/// A contiguous tensor as the communicator sees it; the tensor must live until the work is waited for.
inline Buffer buffer_of(const Tensor& tensor) {
  return {tensor.data_ptr(), tensor.numel(), dtype_of(tensor), place_of(tensor)};
}
inline ConstBuffer const_buffer_of(const Tensor& tensor) {
  return {tensor.const_data_ptr(), tensor.numel(), dtype_of(tensor), place_of(tensor)};
}

}  // namespace hone
