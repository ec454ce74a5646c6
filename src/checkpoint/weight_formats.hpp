#pragma once

#include <map>
#include <string>
#include <vector>

#include "checkpoint/float_format.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// The types of a folder's weights: one for most of them, which config.json names, and others by name.
struct WeightFormats {
  WeightFormats(FloatFormat format) : usual(format) {}  // NOLINT: one type is the usual case

  FloatFormat usual;
  std::map<std::string, FloatFormat> others;  // by parameter

  FloatFormat of(const std::string& parameter) const;
  std::int64_t bytes_of(const WeightPart& part) const;
  /// "bfloat16", or "bfloat16, 38 tensors in float32".
  std::string text() const;
};

}  // namespace hone
