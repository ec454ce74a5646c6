#pragma once

#include <string_view>

#include "preprocess/jinja/arguments.hpp"
#include "preprocess/jinja/run.hpp"

namespace hone::jinja {

/// `value is test(...)`: the value is the first positional argument.
using ValueTest = bool (*)(const Arguments& arguments, Run& run);

/// Null for one that this version doesn't have.
ValueTest find_test(std::string_view name);

}  // namespace hone::jinja
