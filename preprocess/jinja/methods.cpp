#include "preprocess/jinja/methods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"

namespace hone::jinja {
namespace {

bool one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Value failing(const std::string& name, const std::string& why) {
  return make_callable(name,
                       [name, why](Run&, const Arguments&) -> Value { throw Fault(name + "() " + why); });
}

std::optional<Value> string_method(const TextPtr& self, const std::string& name) {
  for (const auto methods : {search_methods(), character_methods(), splitting_methods()}) {
    for (const StringMethod& known : methods) {
      if (name != known.name) continue;
      return make_callable(name, [self, call = known.call](Run& run, const Arguments& arguments) {
        run.spend(1 + self->size() / 16);
        return call(*self, arguments, run);
      });
    }
  }
  if (one_of(name, {"casefold", "center", "encode", "expandtabs", "format", "format_map", "isascii",
                    "isdecimal", "isidentifier", "isnumeric", "isprintable", "istitle", "ljust", "maketrans",
                    "rindex", "rjust", "swapcase", "translate", "zfill"}))
    return failing(name, "of a string is not supported");
  return std::nullopt;
}

std::optional<Value> list_method(const SequencePtr& self, const std::string& name) {
  if (name == "index") {
    return make_callable(name, [self](Run& run, const Arguments& arguments) -> Value {
      const Value& wanted = *bind("index", arguments, {"value"}, 1)[0];
      run.spend(self->weight);
      const auto found = std::find_if(self->items.begin(), self->items.end(),
                                      [&](const Value& known) { return equal(known, wanted); });
      if (found == self->items.end()) throw Fault("index(): the list has no such item");
      return std::int64_t{found - self->items.begin()};
    });
  }
  if (name == "count") {
    return make_callable(name, [self](Run& run, const Arguments& arguments) -> Value {
      const Value& wanted = *bind("count", arguments, {"value"}, 1)[0];
      run.spend(self->weight);
      return std::int64_t{std::count_if(self->items.begin(), self->items.end(),
                                        [&](const Value& known) { return equal(known, wanted); })};
    });
  }
  if (self->kind != Sequence::Kind::kList) return std::nullopt;
  if (name == "copy") {
    return make_callable(name, [self](Run&, const Arguments& arguments) {
      bind("copy", arguments, {});
      return Value(self);
    });
  }
  if (one_of(name, {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"}))
    return failing(name, "would change a list, which a template may not");
  return std::nullopt;
}

Value view(const DictPtr& self, const std::string& name, const Arguments& arguments, Run& run) {
  bind(name, arguments, {});
  run.spend(self->items.size() * 4);
  std::vector<Value> items;
  for (const auto& [key, value] : self->items)
    items.push_back(name == "keys" ? key : name == "values" ? value : Value::tuple({key, value}));
  return make_sequence(Sequence::Kind::kView, std::move(items));
}

std::optional<Value> dict_method(const DictPtr& self, const std::string& name) {
  if (one_of(name, {"items", "keys", "values"})) {
    return make_callable(name, [self, name](Run& run, const Arguments& arguments) {
      return view(self, name, arguments, run);
    });
  }
  if (name == "get") {
    return make_callable(name, [self](Run& run, const Arguments& arguments) -> Value {
      const auto bound = bind("get", arguments, {"key", "default"}, 1);
      run.spend(1 + self->items.size() + weight_of(*bound[0]));
      if (!is_hashable(*bound[0])) throw Fault(std::string("a ") + type_name(*bound[0]) + " can't be a key");
      if (const Value* found = self->find(*bound[0])) return *found;
      return bound[1] != nullptr ? *bound[1] : Value(None{});
    });
  }
  if (name == "copy") {
    return make_callable(name, [self](Run&, const Arguments& arguments) {
      bind("copy", arguments, {});
      return Value(self);
    });
  }
  if (one_of(name, {"clear", "pop", "popitem", "setdefault", "update"}))
    return failing(name, "would change a mapping, which a template may not");
  if (name == "fromkeys") return failing(name, "is not supported");
  return std::nullopt;
}

}  // namespace

std::optional<Value> method(const Value& value, const std::string& name) {
  if (const auto* text = value.as<TextPtr>()) return string_method(*text, name);
  if (const auto* dict = value.as<DictPtr>()) return dict_method(*dict, name);
  if (const auto* sequence = value.as<SequencePtr>(); sequence != nullptr && (*sequence)->indexable())
    return list_method(*sequence, name);
  return std::nullopt;
}

Value loop_method(const LoopPtr& loop, const std::string& name) {
  if (name == "changed") return failing(name, "of a loop is not supported");
  return make_callable(name, [index = loop->index](Run&, const Arguments& arguments) {
    if (arguments.positional.empty()) throw Fault("cycle() needs items to cycle through");
    return arguments.positional[index % arguments.positional.size()];
  });
}

}  // namespace hone::jinja
