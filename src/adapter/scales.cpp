#include "adapter/scales.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "adapter/quantised_layout.hpp"
#include "adapter/scale_map.hpp"
#include "base/error.hpp"

namespace hone {
namespace {

// f(group, first scale, end) for each group of `count` scales.
template <typename Function>
void for_each_group(std::int64_t count, Function f) {
  for (std::int64_t first = 0; first < count; first += kScalesPerGroup)
    f(first / kScalesPerGroup, first, std::min(first + kScalesPerGroup, count));
}

}  // namespace

void sum_scales(const float* scales, std::int64_t count, double* group_sums) {
  for_each_group(count, [&](std::int64_t group, std::int64_t first, std::int64_t end) {
    double sum = 0;
    for (std::int64_t i = first; i < end; ++i) sum += static_cast<double>(scales[i]);
    group_sums[group] = sum;
  });
}

float scale_offset(std::span<const double> group_sums, std::int64_t count) {
  HONE_ASSERT(std::ssize(group_sums) == quotient_rounded_up(count, kScalesPerGroup));
  double sum = 0;
  for (const double group_sum : group_sums) sum += group_sum;
  return static_cast<float>(sum / static_cast<double>(count));
}

void compress_scales(const float* scales, std::int64_t count, float offset, std::uint8_t* codes,
                     float* group_maxima) {
  for_each_group(count, [&](std::int64_t group, std::int64_t first, std::int64_t end) {
    float maximum = 0;
    for (std::int64_t i = first; i < end; ++i) maximum = std::max(maximum, std::fabs(scales[i] - offset));
    group_maxima[group] = maximum;
    if (maximum == 0) {
      std::fill(codes + first, codes + end, std::uint8_t{0});
      return;
    }
    const float factor = 1.0F / maximum;
    for (std::int64_t i = first; i < end; ++i) codes[i] = scale_code((scales[i] - offset) * factor);
  });
}

void restore_scales(const std::uint8_t* codes, std::int64_t count, float group_maximum, float offset,
                    float* scales) {
  const float* const map = scale_map().data();
  for (std::int64_t i = 0; i < count; ++i) scales[i] = map[codes[i]] * group_maximum + offset;
}

}  // namespace hone
