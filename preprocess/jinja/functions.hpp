#pragma once

#include <string>
#include <utility>
#include <vector>

#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

/// What every template can call: range, namespace, dict, raise_exception, strftime_now.
const std::vector<std::pair<std::string, Value>>& global_functions();

}  // namespace hone::jinja
