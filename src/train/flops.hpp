#pragma once

#include <cstdint>
#include <span>

#include "model/model_config.hpp"

namespace hone {

/// Multiply-adds counted as two operations, of one optimizer step's forward and backward (3 x forward), as
/// Hone runs it: projections over all tokens, causal attention over half of each sample's square, the head
/// over targets only. Recomputed forwards count as no work done. `lengths` are the rows' token counts.
double step_flops(const ModelConfig& config, std::span<const std::int64_t> lengths, std::int64_t targets);

/// The speed of a large fp32 matrix product with this process's threads, in operations per second; takes
/// about half a second.
double measure_matmul_peak();

}  // namespace hone
