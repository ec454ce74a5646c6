#pragma once

#include <cstdint>
#include <span>

namespace hone {

/// The second level: what makes 8-bit codes of a tensor's scales. All ranges of scales below begin at a
/// group's boundary of their tensor, and only the tensor's end may cut a group short.

/// One sum per group of `count` scales. They don't depend on where a tensor was cut.
void sum_scales(const float* scales, std::int64_t count, double* group_sums);

/// The mean of a tensor's `count` scales, from the group sums of the whole tensor in order: the same bits
/// however many ranks had a part in them. Not finite exactly if one of the tensor's weights is not.
/// bitsandbytes takes torch's fp32 mean here, whose last two bits depend on the thread count.
float scale_offset(std::span<const double> group_sums, std::int64_t count);

/// `count` scales become as many 8-bit codes, and one maximum per group: the largest distance from `offset`.
void compress_scales(const float* scales, std::int64_t count, float offset, std::uint8_t* codes,
                     float* group_maxima);

/// `count` scales out of one group.
void restore_scales(const std::uint8_t* codes, std::int64_t count, float group_maximum, float offset,
                    float* scales);

}  // namespace hone
