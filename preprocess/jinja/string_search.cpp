#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/methods.hpp"

namespace hone::jinja {
namespace {

// Whether an end of the string is the affix, or one of a tuple of them.
template <typename Matches>
Value affixed(const char* name, const Arguments& arguments, Run& run, const Matches& matches) {
  const Value& affix = *bind(name, arguments, {"affix"}, 1)[0];
  run.spend(weight_of(affix));
  if (const Sequence* several = affix.as_sequence();
      several != nullptr && several->kind == Sequence::Kind::kTuple) {
    return std::any_of(several->items.begin(), several->items.end(),
                       [&](const Value& one) { return matches(text_argument(one, name).bytes()); });
  }
  return matches(text_argument(affix, name).bytes());
}

Value starts_with(const Text& self, const Arguments& arguments, Run& run) {
  return affixed("startswith", arguments, run,
                 [&](const std::string& affix) { return self.bytes().starts_with(affix); });
}
Value ends_with(const Text& self, const Arguments& arguments, Run& run) {
  return affixed("endswith", arguments, run,
                 [&](const std::string& affix) { return self.bytes().ends_with(affix); });
}

std::int64_t character_at(const Text& self, std::size_t byte) {
  if (byte == std::string::npos) return -1;
  return static_cast<std::int64_t>(count_characters(std::string_view(self.bytes()).substr(0, byte)));
}
const std::string& part_argument(const char* name, const Arguments& arguments) {
  return text_argument(*bind(name, arguments, {"part"}, 1)[0], name).bytes();
}

Value find(const Text& self, const Arguments& arguments, Run&) {
  return character_at(self, find_part(self.bytes(), part_argument("find", arguments)));
}
Value find_last(const Text& self, const Arguments& arguments, Run&) {
  return character_at(self, find_last_part(self.bytes(), part_argument("rfind", arguments)));
}
Value index(const Text& self, const Arguments& arguments, Run&) {
  const std::int64_t found = character_at(self, find_part(self.bytes(), part_argument("index", arguments)));
  if (found < 0) throw Fault("index(): the string has no such part");
  return found;
}
Value count(const Text& self, const Arguments& arguments, Run&) {
  const std::string& part = part_argument("count", arguments);
  if (part.empty()) return static_cast<std::int64_t>(count_characters(self.bytes()) + 1);
  std::int64_t found = 0;
  for (std::size_t at = 0; (at = find_part(self.bytes(), part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

Value replace_method(const Text& self, const Arguments& arguments, Run& run) {
  const auto bound = bind("replace", arguments, {"old", "new", "count"}, 2);
  return Value::text(replace(self, text_argument(*bound[0], "replace()'s first argument"),
                             text_argument(*bound[1], "replace()'s second argument"),
                             integer_or(bound[2], -1, "replace()'s count"), run));
}

Value without_prefix(const Text& self, const Arguments& arguments, Run&) {
  const std::string& prefix = part_argument("removeprefix", arguments);
  return Value::text(self.slice(self.bytes().starts_with(prefix) ? prefix.size() : 0, self.size()));
}
Value without_suffix(const Text& self, const Arguments& arguments, Run&) {
  const std::string& suffix = part_argument("removesuffix", arguments);
  return Value::text(self.slice(0, self.size() - (self.bytes().ends_with(suffix) ? suffix.size() : 0)));
}

}  // namespace

Text replace(const Text& text, const Text& old, const Text& with, std::int64_t count, Run& run) {
  Text result;
  std::size_t done = 0, at = 0;
  for (; count != 0; --count) {
    at = find_part(text.bytes(), old.bytes(), at);
    if (at == std::string::npos) break;
    run.append(result, text.slice(done, at));
    run.append(result, with);
    done = at + old.size();
    if (!old.empty()) {
      at = done;
    } else if (at == text.size()) {  // an empty string is found before each character and at the end
      break;
    } else {
      at += character_bytes(text.bytes()[at]);
    }
  }
  run.append(result, text.slice(done, text.size()));
  return result;
}

std::span<const StringMethod> search_methods() {
  static constexpr StringMethod kMethods[] = {{"startswith", starts_with},
                                              {"endswith", ends_with},
                                              {"find", find},
                                              {"rfind", find_last},
                                              {"index", index},
                                              {"count", count},
                                              {"replace", replace_method},
                                              {"removeprefix", without_prefix},
                                              {"removesuffix", without_suffix}};
  return kMethods;
}

}  // namespace hone::jinja
