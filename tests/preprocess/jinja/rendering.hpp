#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "preprocess/jinja/json.hpp"
#include "preprocess/jinja/template.hpp"

namespace hone::jinja {

/// 26 July 2024, 9:05.
inline std::tm fixed_time() {
  std::tm time{};
  time.tm_year = 124;
  time.tm_mon = 6;
  time.tm_mday = 26;
  time.tm_hour = 9;
  time.tm_min = 5;
  return time;
}

/// The strings of the variables are data of message 0.
inline Rendered run(const std::string& source, const OrderedJson& variables = OrderedJson::object(),
                    const Limits& limits = {}) {
  std::vector<std::pair<std::string, Value>> values;
  for (const auto& [name, json] : variables.items()) values.emplace_back(name, from_json(json, 0));
  return Template(source).render(values, limits, fixed_time());
}

inline std::string rendered(const std::string& source, const OrderedJson& variables = OrderedJson::object()) {
  return run(source, variables).text.bytes();
}

/// "WHAT (line L, column C of the template)"; "" where it renders.
inline std::string failure(const std::string& source, const OrderedJson& variables = OrderedJson::object()) {
  try {
    run(source, variables);
    return "";
  } catch (const TemplateError& error) {
    return error.with_place();
  }
}

inline bool is_refused(const std::string& source, TemplateError::Kind kind,
                       const OrderedJson& variables = OrderedJson::object()) {
  try {
    run(source, variables);
    return false;
  } catch (const TemplateError& error) {
    return error.kind() == kind;
  }
}

}  // namespace hone::jinja
