#include "checkpoint/float_format.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/bfloat16.hpp"

namespace hone {
namespace {

struct Names {
  FloatFormat format;
  const char* safetensors;
  const char* config;
};

constexpr std::array<Names, 3> kNames = {{{FloatFormat::kFloat32, "F32", "float32"},
                                          {FloatFormat::kBFloat16, "BF16", "bfloat16"},
                                          {FloatFormat::kFloat16, "F16", "float16"}}};

const Names& names_of(FloatFormat format) { return kNames[static_cast<std::size_t>(format)]; }

// IEEE binary16 by way of fp32 arithmetic: scaling by powers of two does denormals and rounding.
float from_float16(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU, fraction = half & 0x3FFU;
  if (exponent == 0x1FU) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13));
  if (exponent == 0) {
    const float denormal = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -denormal : denormal;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23) | (fraction << 13));
}

// The bits of the smallest magnitude that is rounded to infinity, or is it.
std::uint32_t first_overflowing(FloatFormat format) {
  switch (format) {
    case FloatFormat::kFloat32: return 0x7F800000U;
    case FloatFormat::kBFloat16: return 0x7F7F8000U;
    case FloatFormat::kFloat16: return 0x477FF000U;
  }
  return 0;
}

std::uint16_t to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return sign | 0x7E00U;  // NaN
  if (magnitude >= first_overflowing(FloatFormat::kFloat16)) return sign | 0x7C00U;
  if (magnitude < 0x38800000U) {  // below the smallest normal
    // Adding 0.5 leaves the fraction, rounded to nearest even, in the low bits.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000U));
  }
  const std::uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13) & 1U);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000U) >> 13));
}

}  // namespace

std::int64_t bytes_of(FloatFormat format) { return format == FloatFormat::kFloat32 ? 4 : 2; }
const char* safetensors_name(FloatFormat format) { return names_of(format).safetensors; }
const char* config_name(FloatFormat format) { return names_of(format).config; }

bool parse_float_format(const std::string& name, FloatFormat& format) {
  for (const Names& known : kNames) {
    if (name == known.safetensors || name == known.config) {
      format = known.format;
      return true;
    }
  }
  return false;
}

bool all_finite(FloatFormat format, const float* values, std::int64_t count) {
  const std::uint32_t limit = first_overflowing(format);
  std::uint32_t largest = 0;
  for (std::int64_t i = 0; i < count; ++i)
    largest = std::max(largest, std::bit_cast<std::uint32_t>(values[i]) & 0x7FFFFFFFU);
  return largest < limit;
}

void to_float(FloatFormat format, const void* source, std::int64_t count, float* out) {
  if (format == FloatFormat::kFloat32) {
    std::memcpy(out, source, static_cast<std::size_t>(count) * 4);
    return;
  }
  const auto* const in = static_cast<const std::uint16_t*>(source);
  if (format == FloatFormat::kBFloat16) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = from_bfloat16(in[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i] = from_float16(in[i]);
  }
}

void from_float(FloatFormat format, const float* source, std::int64_t count, void* out) {
  if (format == FloatFormat::kFloat32) {
    std::memcpy(out, source, static_cast<std::size_t>(count) * 4);
    return;
  }
  auto* const result = static_cast<std::uint16_t*>(out);
  if (format == FloatFormat::kBFloat16) {
    for (std::int64_t i = 0; i < count; ++i) result[i] = to_bfloat16(source[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) result[i] = to_float16(source[i]);
  }
}

}  // namespace hone
