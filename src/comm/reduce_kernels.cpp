#include "comm/reduce_kernels.hpp"

#include <algorithm>
#include <cstring>

#include "base/bfloat16.hpp"
#include "base/error.hpp"
#include "base/simd.hpp"

namespace hone {
namespace {

// The one on the gradient path.
HONE_VECTORISED void add_floats(std::int64_t count, const float* __restrict values,
                                float* __restrict accumulator) {
  for (std::int64_t i = 0; i < count; ++i) accumulator[i] += values[i];
}

template <typename T>
T combined(ReduceOp op, T a, T b) {
  switch (op) {
    case ReduceOp::kSum: return static_cast<T>(a + b);
    case ReduceOp::kMax: return std::max(a, b);
    case ReduceOp::kMin: return std::min(a, b);
  }
  return a;
}

template <typename T>
void combine_as(ReduceOp op, std::int64_t count, const void* values, void* accumulator) {
  const T* const in = static_cast<const T*>(values);
  T* const out = static_cast<T*>(accumulator);
  for (std::int64_t i = 0; i < count; ++i) out[i] = combined(op, out[i], in[i]);
}

void combine_bfloat16(ReduceOp op, std::int64_t count, const void* values, void* accumulator) {
  const auto* const in = static_cast<const std::uint16_t*>(values);
  auto* const out = static_cast<float*>(accumulator);
  for (std::int64_t i = 0; i < count; ++i) out[i] = combined(op, out[i], from_bfloat16(in[i]));
}

}  // namespace

std::int64_t accumulator_size(DType dtype) {
  return dtype == DType::kBFloat16 ? size_of(DType::kFloat32) : size_of(dtype);
}

void start_sum(DType dtype, std::int64_t count, const void* values, void* accumulator) {
  if (dtype != DType::kBFloat16) {
    std::memcpy(accumulator, values, static_cast<std::size_t>(count * size_of(dtype)));
    return;
  }
  const auto* const in = static_cast<const std::uint16_t*>(values);
  auto* const out = static_cast<float*>(accumulator);
  for (std::int64_t i = 0; i < count; ++i) out[i] = from_bfloat16(in[i]);
}

void finish_sum(DType dtype, std::int64_t count, const void* accumulator, void* result) {
  if (dtype != DType::kBFloat16) {
    std::memcpy(result, accumulator, static_cast<std::size_t>(count * size_of(dtype)));
    return;
  }
  const auto* const in = static_cast<const float*>(accumulator);
  auto* const out = static_cast<std::uint16_t*>(result);
  for (std::int64_t i = 0; i < count; ++i) out[i] = to_bfloat16(in[i]);
}

void combine(DType dtype, ReduceOp op, std::int64_t count, const void* values, void* accumulator) {
  switch (dtype) {
    case DType::kFloat32:
      if (op == ReduceOp::kSum)
        return add_floats(count, static_cast<const float*>(values), static_cast<float*>(accumulator));
      return combine_as<float>(op, count, values, accumulator);
    case DType::kFloat64: return combine_as<double>(op, count, values, accumulator);
    case DType::kInt64: return combine_as<std::int64_t>(op, count, values, accumulator);
    case DType::kUInt8: return combine_as<std::uint8_t>(op, count, values, accumulator);
    case DType::kBFloat16: return combine_bfloat16(op, count, values, accumulator);
    case DType::kFloat16: fail_assertion("fp16 is gathered, never reduced", __FILE__, __LINE__);
  }
}

}  // namespace hone
