#pragma once

#include <span>
#include <string_view>

#include "preprocess/jinja/arguments.hpp"
#include "preprocess/jinja/run.hpp"

namespace hone::jinja {

/// `value | filter(...)`: the piped value is the first positional argument.
using Filter = Value (*)(const Arguments& arguments, Run& run);
struct NamedFilter {
  const char* name;
  Filter filter;
};

/// Null for one that this version doesn't have.
Filter find_filter(std::string_view name);

std::span<const NamedFilter> text_filters();       // trim, replace, join, indent, ...
std::span<const NamedFilter> value_filters();      // default, length, int, round, tojson, ...
std::span<const NamedFilter> sequence_filters();   // first, list, sort, dictsort, ...
std::span<const NamedFilter> selection_filters();  // map, select, rejectattr, ...

/// `a.b.0` of a value, looked up as items. `otherwise`, where not null, stands in for what is undefined.
Value path_of(const Value& value, const Value& path, const Value* otherwise, Run& run);

}  // namespace hone::jinja
