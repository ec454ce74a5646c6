#include "preprocess/jinja/value_tests.hpp"

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/operators.hpp"

namespace hone::jinja {
namespace {

const Value& tested(const Arguments& arguments) { return *bind("a test", arguments, {"value"}, 1)[0]; }

template <bool (*kHolds)(const Value&)>
bool one(const Arguments& arguments, Run&) {
  return kHolds(tested(arguments));
}
template <Comparison kComparison>
bool two(const Arguments& arguments, Run& run) {
  const auto bound = bind("a test", arguments, {"value", "other"}, 2);
  return compare(kComparison, *bound[0], *bound[1], run);
}

bool is_defined(const Value& value) { return !value.is<Undefined>(); }
bool is_undefined(const Value& value) { return value.is<Undefined>(); }
bool is_none(const Value& value) { return value.is<None>(); }
bool is_boolean(const Value& value) { return value.is<bool>(); }
bool is_true(const Value& value) { return value.is<bool>() && truth(value); }
bool is_false(const Value& value) { return value.is<bool>() && !truth(value); }
bool is_integer(const Value& value) { return value.is<std::int64_t>(); }
bool is_float(const Value& value) { return value.is<double>(); }
bool is_string(const Value& value) { return value.as_text() != nullptr; }
bool is_mapping(const Value& value) { return value.as_dict() != nullptr; }
bool is_callable(const Value& value) { return value.is<CallablePtr>() || value.is<LoopPtr>(); }
bool is_iterable(const Value& value) {
  return value.as_text() != nullptr || value.as_sequence() != nullptr || value.as_dict() != nullptr ||
         value.is<Undefined>() || value.is<LoopPtr>();
}
bool is_sequence(const Value& value) {
  const Sequence* sequence = value.as_sequence();
  return value.as_text() != nullptr || value.as_dict() != nullptr || value.is<Undefined>() ||
         (sequence != nullptr && sequence->indexable());
}
template <LetterCase kCase>
bool is_in_case(const Arguments& arguments, Run& run) {
  const std::string bytes = str(tested(arguments), run).bytes();
  run.spend(bytes.size() / 8);
  constexpr LetterCase kOther = kCase == LetterCase::kUpper ? LetterCase::kLower : LetterCase::kUpper;
  return in_case(bytes, kCase) == bytes && in_case(bytes, kOther) != bytes;
}

bool divides(const Value& value, const Value& by, Run& run) {
  return equal(apply(Operator::kModulo, value, by, run), std::int64_t{0});
}
bool is_divisible(const Arguments& arguments, Run& run) {
  const auto bound = bind("divisibleby", arguments, {"value", "num"}, 2);
  return divides(*bound[0], *bound[1], run);
}
bool is_even(const Arguments& arguments, Run& run) {
  return divides(tested(arguments), std::int64_t{2}, run);
}
bool is_odd(const Arguments& arguments, Run& run) {
  return equal(apply(Operator::kModulo, tested(arguments), std::int64_t{2}, run), std::int64_t{1});
}

// Python's `is` for what has one instance only; of other values it tells nothing that holds everywhere.
bool is_same(const Arguments& arguments, Run&) {
  const auto bound = bind("sameas", arguments, {"value", "other"}, 2);
  for (const Value* value : bound) {
    if (value->is<bool>() || value->is<None>())
      return bound[0]->index() == bound[1]->index() && equal(*bound[0], *bound[1]);
  }
  throw Fault("sameas is supported for true, false and none only");
}

struct NamedTest {
  const char* name;
  ValueTest test;
};
constexpr NamedTest kTests[] = {
    {"defined", one<is_defined>},
    {"undefined", one<is_undefined>},
    {"none", one<is_none>},
    {"boolean", one<is_boolean>},
    {"true", one<is_true>},
    {"false", one<is_false>},
    {"integer", one<is_integer>},
    {"float", one<is_float>},
    {"number", one<is_number>},
    {"string", one<is_string>},
    {"mapping", one<is_mapping>},
    {"sequence", one<is_sequence>},
    {"iterable", one<is_iterable>},
    {"callable", one<is_callable>},
    {"upper", is_in_case<LetterCase::kUpper>},
    {"lower", is_in_case<LetterCase::kLower>},
    {"even", is_even},
    {"odd", is_odd},
    {"divisibleby", is_divisible},
    {"sameas", is_same},
    {"in", two<Comparison::kIn>},
    {"eq", two<Comparison::kEqual>},
    {"==", two<Comparison::kEqual>},
    {"equalto", two<Comparison::kEqual>},
    {"ne", two<Comparison::kUnequal>},
    {"!=", two<Comparison::kUnequal>},
    {"lt", two<Comparison::kLess>},
    {"<", two<Comparison::kLess>},
    {"lessthan", two<Comparison::kLess>},
    {"le", two<Comparison::kLessOrEqual>},
    {"<=", two<Comparison::kLessOrEqual>},
    {"gt", two<Comparison::kGreater>},
    {">", two<Comparison::kGreater>},
    {"greaterthan", two<Comparison::kGreater>},
    {"ge", two<Comparison::kGreaterOrEqual>},
    {">=", two<Comparison::kGreaterOrEqual>},
};

}  // namespace

ValueTest find_test(std::string_view name) {
  for (const NamedTest& known : kTests) {
    if (known.name == name) return known.test;
  }
  return nullptr;
}

}  // namespace hone::jinja
