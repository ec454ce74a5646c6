#pragma once

#include <cstdint>
#include <string>

namespace hone {

/// Element types of weights in a safetensors file.
enum class FloatFormat { kFloat32, kBFloat16, kFloat16 };

std::int64_t bytes_of(FloatFormat format);
/// "F32", "BF16", "F16", as safetensors spells them.
const char* safetensors_name(FloatFormat format);
/// "float32", "bfloat16", "float16", as config.json spells them.
const char* config_name(FloatFormat format);
/// From either spelling; false when it is another type.
bool parse_float_format(const std::string& name, FloatFormat& format);

/// `count` elements of `format` at `source` as fp32.
void to_float(FloatFormat format, const void* source, std::int64_t count, float* out);
/// Whether every value stays finite when it is rounded to `format`.
bool all_finite(FloatFormat format, const float* values, std::int64_t count);
/// fp32 to `format`, rounded to nearest even; NaN stays NaN, what is too large becomes infinite.
void from_float(FloatFormat format, const float* source, std::int64_t count, void* out);

}  // namespace hone
