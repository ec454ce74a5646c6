#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "preprocess/jinja/run.hpp"
#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

/// A row's JSON as a value whose strings are data of `source`. Throws Fault for numbers beyond 64 bits.
Value from_json(const OrderedJson& json, int source);

/// The arguments of Python's json.dumps.
struct JsonStyle {
  bool ensure_ascii = false, sort_keys = false;
  std::optional<std::string> indent;
  std::optional<std::string> item_separator, key_separator;
};
/// As transformers' `tojson`, which is Python's json.dumps. Throws Fault for what JSON can't hold.
Text to_json(const Value& value, const JsonStyle& style, Run& run);

}  // namespace hone::jinja
