#pragma once

#include <optional>
#include <string>

#include "preprocess/jinja/run.hpp"
#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

/// `value.name`: a method or field first, then an item, as Jinja looks. Undefined where there is neither.
/// Throws Fault for attributes of undefined values and for methods of Python that are not supported.
Value attribute(const Value& value, const std::string& name, Run& run);
/// `value[key]`: an item first, then a method or field.
Value item(const Value& value, const Value& key, Run& run);

/// The parts of `[begin:end:step]` that were given.
struct Slice {
  std::optional<std::int64_t> begin, end, step;
};
Value slice(const Value& value, const Slice& slice, Run& run);

}  // namespace hone::jinja
