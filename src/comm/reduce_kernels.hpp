#pragma once

#include "comm/communicator.hpp"

namespace hone {

/// accumulator[i] = accumulator[i] OP values[i]; 16-bit floats are not served.
void combine(DType dtype, ReduceOp op, std::int64_t count, const void* values, void* accumulator);

}  // namespace hone
