#include "adapter/scale_map.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace hone {
namespace {

constexpr int kExponents = 7;
constexpr float kLastStep = 65535.0F;

// torch.linspace(0.1, 1, steps + 1), bit for bit: from both ends, with fused multiply-adds.
float boundary(int index, int steps) {
  const float step = (1.0F - 0.1F) / static_cast<float>(steps);
  return index < (steps + 1) / 2 ? std::fma(step, static_cast<float>(index), 0.1F)
                                 : std::fma(-step, static_cast<float>(steps - index), 1.0F);
}

// For each power of ten from 10^-6 to 1 twice as many fractions as for the one below, in both signs, and
// beside them 0 and 1.
std::array<float, 256> make_map() {
  std::array<float, 256> map{};
  std::size_t size = 0;
  for (int exponent = 0; exponent < kExponents; ++exponent) {
    const auto power = static_cast<float>(std::pow(10.0, exponent - kExponents + 1));
    const int fractions = 1 << exponent;
    for (int i = 0; i < fractions; ++i) {
      const float value = power * ((boundary(i, fractions) + boundary(i + 1, fractions)) / 2);
      map[size++] = value;
      map[size++] = -value;
    }
  }
  map[size++] = 0.0F;
  map[size++] = 1.0F;
  std::sort(map.begin(), map.end());
  return map;
}

std::array<float, 255> make_bounds() {
  std::array<float, 255> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] = 0.5F * (scale_map()[i] + scale_map()[i + 1]);
  return bounds;
}

}  // namespace

const std::array<float, 256>& scale_map() {
  static const std::array<float, 256> map = make_map();
  return map;
}

std::uint8_t scale_code(float value) {
  static const std::array<float, 255> bounds = make_bounds();
  const float inside = value > -1.0F ? std::min(value, 1.0F) : -1.0F;
  const float step = std::trunc(std::fma((inside + 1.0F) * 0.5F, kLastStep, 0.5F));
  const float rounded = 2.0F * step / kLastStep - 1.0F;
  return static_cast<std::uint8_t>(std::lower_bound(bounds.begin(), bounds.end(), rounded) - bounds.begin());
}

}  // namespace hone
