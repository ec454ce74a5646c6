#pragma once

#include "comm/communicator.hpp"

namespace hone {

/// Bytes of one accumulated element: bf16 is accumulated in fp32, other types as they are.
std::int64_t accumulator_size(DType dtype);

/// accumulator[i] = values[i].
void start_sum(DType dtype, std::int64_t count, const void* values, void* accumulator);
/// result[i] = accumulator[i], for bf16 rounded to nearest even, once, however many ranks there are.
void finish_sum(DType dtype, std::int64_t count, const void* accumulator, void* result);

/// accumulator[i] = accumulator[i] OP values[i].
void combine(DType dtype, ReduceOp op, std::int64_t count, const void* values, void* accumulator);

}  // namespace hone
