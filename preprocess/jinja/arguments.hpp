#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

/// What a call passes.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// The arguments in the order of the parameters; null where one was not given. Throws Fault for too many, for
/// unknown names, and where one of the first `required` is missing.
std::vector<const Value*> bind(std::string_view function, const Arguments& arguments,
                               std::initializer_list<const char*> parameters, std::size_t required = 0);

/// What an optional argument says, or the default. Throw Fault for another type.
bool flag_or(const Value* argument, bool otherwise);
std::int64_t integer_or(const Value* argument, std::int64_t otherwise, const char* what);
/// The string itself. Throws Fault naming `what`.
const Text& text_argument(const Value& argument, const char* what);

}  // namespace hone::jinja
