#pragma once

#include "preprocess/jinja/run.hpp"
#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

enum class Operator { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };
enum class Comparison { kEqual, kUnequal, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kIn, kNotIn };

/// With Python's meaning; integers are 64-bit. Throws Fault for types that don't go together.
Value apply(Operator op, const Value& left, const Value& right, Run& run);
Value negated(const Value& value);
bool compare(Comparison comparison, const Value& left, const Value& right, Run& run);
/// Python's `<` for numbers, strings and sequences. Throws Fault for the rest.
bool less(const Value& left, const Value& right);

}  // namespace hone::jinja
