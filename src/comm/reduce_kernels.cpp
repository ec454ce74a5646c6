#include "comm/reduce_kernels.hpp"

#include <algorithm>

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
  }
  return a;
}

template <typename T>
void combine_as(ReduceOp op, std::int64_t count, const void* values, void* accumulator) {
  const T* const in = static_cast<const T*>(values);
  T* const out = static_cast<T*>(accumulator);
  for (std::int64_t i = 0; i < count; ++i) out[i] = combined(op, out[i], in[i]);
}

}  // namespace

void combine(DType dtype, ReduceOp op, std::int64_t count, const void* values, void* accumulator) {
  switch (dtype) {
    case DType::kFloat32:
      if (op == ReduceOp::kSum)
        return add_floats(count, static_cast<const float*>(values), static_cast<float*>(accumulator));
      return combine_as<float>(op, count, values, accumulator);
    case DType::kFloat64: return combine_as<double>(op, count, values, accumulator);
    case DType::kInt64: return combine_as<std::int64_t>(op, count, values, accumulator);
    case DType::kUInt8: return combine_as<std::uint8_t>(op, count, values, accumulator);
    case DType::kBFloat16:
    case DType::kFloat16: fail_assertion("16-bit floats are gathered, never reduced", __FILE__, __LINE__);
  }
}

}  // namespace hone
