#include "preprocess/jinja/functions.hpp"

#include <array>
#include <ctime>

#include "preprocess/jinja/arguments.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/run.hpp"

namespace hone::jinja {
namespace {

constexpr std::int64_t kLongestRange = 100'000;  // as in Jinja's sandbox

Value range(Run& run, const Arguments& arguments) {
  const auto bound = bind("range", arguments, {"start", "stop", "step"}, 1);
  const bool one = bound[1] == nullptr;
  const std::int64_t begin = one ? 0 : as_integer(*bound[0], "range's start"),
                     end = as_integer(one ? *bound[0] : *bound[1], "range's end"),
                     step = integer_or(bound[2], 1, "range's step");
  if (step == 0) throw Fault("range: a step can't be zero");
  std::vector<Value> numbers;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
    if (static_cast<std::int64_t>(numbers.size()) == kLongestRange)
      throw Fault("range: more than 100,000 numbers");
    run.spend(1);
    numbers.push_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return make_sequence(Sequence::Kind::kRange, std::move(numbers));
}

// What dict() and namespace() are made from: a mapping, and names with values.
std::vector<std::pair<Value, Value>> entries(const char* function, const Arguments& arguments) {
  std::vector<std::pair<Value, Value>> items;
  if (arguments.positional.size() > 1) throw Fault(std::string(function) + "() takes one mapping");
  if (!arguments.positional.empty()) {
    const Dict* dict = arguments.positional[0].as_dict();
    if (dict == nullptr) throw Fault(std::string(function) + "() of what is no mapping is not supported");
    items = dict->items;
  }
  for (const auto& [name, value] : arguments.named) {
    bool replaced = false;
    for (auto& [key, old] : items) {
      if (key.as_text() == nullptr || key.as_text()->bytes() != name) continue;
      old = value;
      replaced = true;
    }
    if (!replaced) items.emplace_back(Value::text(name), value);
  }
  return items;
}

Value dict(Run& run, const Arguments& arguments) {
  auto items = entries("dict", arguments);
  run.spend(items.size() * 4);
  return Value::dict(std::move(items));
}

Value make_namespace(Run& run, const Arguments& arguments) {
  const auto space = std::make_shared<Namespace>();
  for (const auto& [key, value] : entries("namespace", arguments)) {
    run.spend(1);
    space->set(text_argument(key, "a namespace's name").bytes(), value);
  }
  return space;
}

Value raise_exception(Run& run, const Arguments& arguments) {
  throw Fault("the template refuses it: " +
              str(*bind("raise_exception", arguments, {"message"}, 1)[0], run).bytes());
}

Value time_now(Run& run, const Arguments& arguments) {
  const std::string& format =
      text_argument(*bind("strftime_now", arguments, {"format"}, 1)[0], "a time format").bytes();
  run.told_time = true;
  if (format.empty()) return Value::text("");
  std::array<char, 4096> buffer;
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), format.c_str(), &run.now);
  // strftime ends at a NUL.
  if (length == 0 || format.find('\0') != std::string::npos)
    throw Fault("strftime_now: such a format is not supported");
  return Value::text(std::string(buffer.data(), length));
}

Value unsupported(Run&, const Arguments&) {
  throw Fault("cycler(), joiner() and lipsum() are not supported");
}

}  // namespace

const std::vector<std::pair<std::string, Value>>& global_functions() {
  static const std::vector<std::pair<std::string, Value>> kFunctions = {
      {"range", make_callable("range", range)},
      {"dict", make_callable("dict", dict)},
      {"namespace", make_callable("namespace", make_namespace)},
      {"raise_exception", make_callable("raise_exception", raise_exception)},
      {"strftime_now", make_callable("strftime_now", time_now)},
      {"cycler", make_callable("cycler", unsupported)},
      {"joiner", make_callable("joiner", unsupported)},
      {"lipsum", make_callable("lipsum", unsupported)}};
  return kFunctions;
}

}  // namespace hone::jinja
