#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/filters.hpp"
#include "preprocess/jinja/methods.hpp"

namespace hone::jinja {
namespace {

Text piped(const char* filter, const Arguments& arguments, Run& run) {
  const Value& value = *bind(filter, arguments, {"value"}, 1)[0];
  run.spend(weight_of(value));  // it is gone through character by character
  return str(value, run);
}

Value string(const Arguments& arguments, Run& run) { return Value::text(piped("string", arguments, run)); }
// Nothing is escaped when a chat template runs, so what is safe already is just the text.
Value safe(const Arguments& arguments, Run& run) { return Value::text(piped("safe", arguments, run)); }
Value upper(const Arguments& arguments, Run& run) {
  const Text text = piped("upper", arguments, run);
  return Value::text(text.transformed(in_case(text.bytes(), LetterCase::kUpper)));
}
Value lower(const Arguments& arguments, Run& run) {
  const Text text = piped("lower", arguments, run);
  return Value::text(text.transformed(in_case(text.bytes(), LetterCase::kLower)));
}
Value capitalize(const Arguments& arguments, Run& run) {
  return Value::text(capitalized(piped("capitalize", arguments, run)));
}

// Unlike Python's str.title, words begin after white space, a hyphen or an opening bracket only.
Value title(const Arguments& arguments, Run& run) {
  const Text text = piped("title", arguments, run);
  run.spend(text.size());
  std::string result;
  bool begins = true;
  for (std::size_t at = 0, next; at < text.size(); at = next) {
    next = at + character_bytes(text.bytes()[at]);
    const std::string character = text.bytes().substr(at, next - at);
    const char32_t c = first_character(character);
    const bool between = is_space(c) || std::string_view("-({[<").find(character) != std::string_view::npos;
    result += in_case(character, begins || between ? LetterCase::kUpper : LetterCase::kLower);
    begins = between;
  }
  return Value::text(text.transformed(std::move(result)));
}

Value trim(const Arguments& arguments, Run& run) {
  const auto bound = bind("trim", arguments, {"value", "chars"}, 1);
  return stripped(str(*bound[0], run), Strip::kBoth, bound[1], "trim's characters", run);
}

Value replace_filter(const Arguments& arguments, Run& run) {
  const auto bound = bind("replace", arguments, {"value", "old", "new", "count"}, 3);
  const bool all = bound[3] == nullptr || bound[3]->is<None>();
  const Text text = str(*bound[0], run), old = str(*bound[1], run), with = str(*bound[2], run);
  return Value::text(replace(text, old, with, all ? -1 : as_integer(*bound[3], "a count"), run));
}

Value join(const Arguments& arguments, Run& run) {
  const auto bound = bind("join", arguments, {"value", "d", "attribute"}, 1);
  const Text separator = bound[1] != nullptr ? str(*bound[1], run) : Text();
  const SequencePtr items = items_of(*bound[0], run);
  const bool by_attribute = bound[2] != nullptr && !bound[2]->is<None>();
  run.spend(weight_of(*bound[0]));
  Text joined;
  for (std::size_t i = 0; i < items->items.size(); ++i) {
    if (i > 0) run.append(joined, separator);
    run.append(joined,
               str(by_attribute ? path_of(items->items[i], *bound[2], nullptr, run) : items->items[i], run));
  }
  return Value::text(std::move(joined));
}

Value indent(const Arguments& arguments, Run& run) {
  const auto bound = bind("indent", arguments, {"s", "width", "first", "blank"}, 1);
  Text text = text_argument(*bound[0], "what is indented");
  Text indentation(std::string(4, ' '));
  if (bound[1] != nullptr && bound[1]->as_text() != nullptr) {
    indentation = *bound[1]->as_text();
  } else if (bound[1] != nullptr) {
    const std::int64_t width = std::max<std::int64_t>(as_integer(*bound[1], "a width"), 0);
    run.spend_text(static_cast<std::size_t>(width));
    indentation = Text(std::string(static_cast<std::size_t>(width), ' '));
  }
  const bool blank = flag_or(bound[3], false);
  text.append("\n");  // so that an empty text and a last line break count as lines
  const std::vector<Value> lines = split_lines(text, false, run);
  Text result = flag_or(bound[2], false) ? indentation : Text();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Text& line = *lines[i].as_text();
    if (i > 0) result.append("\n");
    if (i > 0 && (blank || !line.empty())) run.append(result, indentation);
    run.append(result, line);
  }
  return Value::text(std::move(result));
}

}  // namespace

std::span<const NamedFilter> text_filters() {
  static constexpr NamedFilter kFilters[] = {{"string", string},
                                             {"safe", safe},
                                             {"upper", upper},
                                             {"lower", lower},
                                             {"capitalize", capitalize},
                                             {"title", title},
                                             {"trim", trim},
                                             {"replace", replace_filter},
                                             {"join", join},
                                             {"indent", indent}};
  return kFilters;
}

}  // namespace hone::jinja
