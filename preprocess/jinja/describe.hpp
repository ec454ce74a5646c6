#pragma once

#include <string>

#include "preprocess/jinja/run.hpp"
#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

/// Python's name of the type: str, int, dict.
const char* type_name(const Value& value);
/// As Python's str(): what `{{ value }}` writes. Throws Fault for what Python describes by addresses.
Text str(const Value& value, Run& run);
/// As Python's repr() of a float: the shortest digits that read back as the same number.
std::string repr(double number);

/// "'x' is undefined", or why a lookup gave nothing.
std::string undefined_reason(const Undefined& value);

}  // namespace hone::jinja
