#pragma once

#include <optional>
#include <span>
#include <string>

#include "preprocess/jinja/arguments.hpp"
#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/run.hpp"

namespace hone::jinja {

/// The method of a string, list or mapping by that name, bound to it; nothing where Python has none. One that
/// Python has and this version hasn't, or that would change the value, fails when it is called.
std::optional<Value> method(const Value& value, const std::string& name);
/// `loop.cycle`; `loop.changed` fails when it is called.
Value loop_method(const LoopPtr& loop, const std::string& name);

struct StringMethod {
  const char* name;
  Value (*call)(const Text& self, const Arguments& arguments, Run& run);
};
std::span<const StringMethod> search_methods();     // find, startswith, replace, ...
std::span<const StringMethod> character_methods();  // strip, upper, isdigit, ...
std::span<const StringMethod> splitting_methods();  // split, splitlines, partition, join, ...

/// Python's str.replace: the first `count` occurrences, all for a negative one.
Text replace(const Text& text, const Text& old, const Text& with, std::int64_t count, Run& run);
/// Python's str.splitlines.
std::vector<Value> split_lines(const Text& text, bool keep_ends, Run& run);
/// Python's str.strip and its kin: without the characters given, white space where that is null or None.
/// Throws Fault, naming `what`, where they are no string.
Value stripped(const Text& text, Strip side, const Value* characters, const char* what, Run& run);
/// Python's str.capitalize.
Text capitalized(const Text& text);

}  // namespace hone::jinja
