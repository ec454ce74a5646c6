#include "preprocess/jinja/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"

namespace hone::jinja {

std::vector<const Value*> bind(std::string_view function, const Arguments& arguments,
                               std::initializer_list<const char*> parameters, std::size_t required) {
  if (arguments.positional.size() > parameters.size())
    throw Fault(fmt::format("{}() takes no more than {} arguments", function, parameters.size()));
  std::vector<const Value*> bound(parameters.size(), nullptr);
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) bound[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto parameter = std::find(parameters.begin(), parameters.end(), name);
    if (parameter == parameters.end())
      throw Fault(fmt::format("{}() has no argument '{}' in this version", function, name));
    const Value*& place = bound[static_cast<std::size_t>(parameter - parameters.begin())];
    if (place != nullptr) throw Fault(fmt::format("{}() got '{}' twice", function, name));
    place = &value;
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (bound[i] == nullptr)
      throw Fault(fmt::format("{}() needs the argument '{}'", function, *(parameters.begin() + i)));
  }
  return bound;
}

bool flag_or(const Value* argument, bool otherwise) {
  return argument == nullptr ? otherwise : truth(*argument);
}

std::int64_t integer_or(const Value* argument, std::int64_t otherwise, const char* what) {
  return argument == nullptr ? otherwise : as_integer(*argument, what);
}

const Text& text_argument(const Value& argument, const char* what) {
  const Text* text = argument.as_text();
  if (text == nullptr) throw Fault(fmt::format("{} must be a string, not {}", what, type_name(argument)));
  return *text;
}

}  // namespace hone::jinja
