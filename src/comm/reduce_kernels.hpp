#pragma once

#include "comm/communicator.hpp"

namespace hone {

/// accumulator[i] = accumulator[i] OP values[i]; bf16 is combined in fp32 and rounded to nearest even.
void combine(DType dtype, ReduceOp op, std::int64_t count, const void* values, void* accumulator);

}  // namespace hone
