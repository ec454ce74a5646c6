#include "preprocess/jinja/operators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"

namespace hone::jinja {
namespace {

constexpr const char* kSigns[] = {"+", "-", "*", "/", "//", "%", "**"};

[[noreturn]] void refuse(const char* sign, const Value& left, const Value& right) {
  for (const Value* value : {&left, &right}) {
    if (const auto* undefined = value->as<Undefined>()) throw Fault(undefined_reason(*undefined));
  }
  throw Fault(fmt::format("'{}' does not go with {} and {}", sign, type_name(left), type_name(right)));
}

[[noreturn]] void refuse_overflow() { throw Fault("a number beyond 64 bits is not supported"); }

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) refuse_overflow();
  return result;
}
std::int64_t difference(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) refuse_overflow();
  return result;
}
std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) refuse_overflow();
  return result;
}

Value power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return std::pow(static_cast<double>(base), static_cast<double>(exponent));
  std::int64_t result = 1;
  if (base == 0 || base == 1) return exponent == 0 ? result : base;
  if (base == -1) return exponent % 2 == 0 ? std::int64_t{1} : std::int64_t{-1};
  for (; exponent > 0; --exponent) result = product(result, base);
  return result;
}

Value of_integers(Operator op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case Operator::kAdd: return sum(a, b);
    case Operator::kSubtract: return difference(a, b);
    case Operator::kMultiply: return product(a, b);
    case Operator::kPower: return power(a, b);
    default: break;
  }
  if (b == 0) throw Fault("division by zero");
  if (op == Operator::kDivide) return static_cast<double>(a) / static_cast<double>(b);
  if (b == -1) return op == Operator::kModulo ? 0 : difference(0, a);
  // Python rounds towards minus infinity, and the remainder has the divisor's sign.
  const std::int64_t remainder = a % b;
  const bool off = remainder != 0 && (remainder < 0) != (b < 0);
  return op == Operator::kModulo ? remainder + (off ? b : 0) : a / b - (off ? 1 : 0);
}

Value of_floats(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd: return a + b;
    case Operator::kSubtract: return a - b;
    case Operator::kMultiply: return a * b;
    case Operator::kPower: return std::pow(a, b);
    default: break;
  }
  if (b == 0) throw Fault("division by zero");
  if (op == Operator::kDivide) return a / b;
  double remainder = std::fmod(a, b);
  if (remainder != 0 && (remainder < 0) != (b < 0)) remainder += b;
  if (op == Operator::kModulo) return remainder == 0 ? std::copysign(0.0, b) : remainder;
  const double quotient = (a - remainder) / b, below = std::floor(quotient);
  return quotient - below > 0.5 ? below + 1 : below;
}

Value repeated(const Value& value, std::int64_t times, Run& run) {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(times, 0));
  if (const Text* text = value.as_text()) {
    if (!text->empty() && count > (std::size_t{1} << 40) / text->size())
      throw LimitFault("the template makes too long a text");
    run.spend_text(text->size() * count);
    run.spend(text->data().size() * count);
    Text result;
    for (std::uint64_t i = 0; i < count && !text->empty(); ++i) result.append(*text);
    return Value::text(std::move(result));
  }
  const Sequence& sequence = *value.as_sequence();
  std::vector<Value> items;
  for (std::uint64_t i = 0; i < count && !sequence.items.empty(); ++i) {
    run.spend(sequence.items.size() * 4);
    items.insert(items.end(), sequence.items.begin(), sequence.items.end());
  }
  return make_sequence(sequence.kind, std::move(items));
}

bool repeatable(const Value& value) {
  return value.as_text() != nullptr || (value.as_sequence() != nullptr && value.as_sequence()->plain());
}
bool whole(const Value& value) { return value.is<std::int64_t>() || value.is<bool>(); }

bool contains(const Value& container, const Value& item, Run& run) {
  if (const Text* text = container.as_text()) {
    const Text* part = item.as_text();
    if (part == nullptr) throw Fault(fmt::format("'in' a string needs a string, not {}", type_name(item)));
    run.spend_text(text->size());
    return find_part(text->bytes(), part->bytes()) != std::string::npos;
  }
  if (const Dict* dict = container.as_dict()) {
    run.spend(dict->items.size());
    if (!is_hashable(item)) throw Fault(std::string("a ") + type_name(item) + " can't be a key");
    return dict->find(item) != nullptr;
  }
  const SequencePtr items = items_of(container, run);
  run.spend(weight_of(container));
  return std::any_of(items->items.begin(), items->items.end(),
                     [&](const Value& known) { return equal(known, item); });
}

}  // namespace

Value apply(Operator op, const Value& left, const Value& right, Run& run) {
  if (is_number(left) && is_number(right)) {
    if (left.is<double>() || right.is<double>()) return of_floats(op, as_double(left), as_double(right));
    return of_integers(op, as_integer(left, ""), as_integer(right, ""));
  }
  if (op == Operator::kAdd && left.as_text() != nullptr && right.as_text() != nullptr) {
    Text joined;
    run.append(joined, *left.as_text());
    run.append(joined, *right.as_text());
    return Value::text(std::move(joined));
  }
  const Sequence *first = left.as_sequence(), *second = right.as_sequence();
  if (op == Operator::kAdd && first != nullptr && second != nullptr && first->plain() &&
      first->kind == second->kind) {
    run.spend((first->items.size() + second->items.size()) * 4);
    std::vector<Value> items = first->items;
    items.insert(items.end(), second->items.begin(), second->items.end());
    return make_sequence(first->kind, std::move(items));
  }
  if (op == Operator::kMultiply && repeatable(left) && whole(right))
    return repeated(left, as_integer(right, ""), run);
  if (op == Operator::kMultiply && repeatable(right) && whole(left))
    return repeated(right, as_integer(left, ""), run);
  if (op == Operator::kModulo && left.as_text() != nullptr)
    throw Fault("formatting a string with '%' is not supported");
  refuse(kSigns[static_cast<int>(op)], left, right);
}

Value negated(const Value& value) {
  if (value.is<double>()) return -as_double(value);
  return difference(0, as_integer(value, "what '-' stands before"));
}

bool less(const Value& left, const Value& right) {
  if (is_number(left) && is_number(right)) {
    if (left.is<double>() || right.is<double>()) return as_double(left) < as_double(right);
    return as_integer(left, "") < as_integer(right, "");
  }
  // The order of UTF-8 bytes is that of code points.
  if (left.as_text() != nullptr && right.as_text() != nullptr)
    return left.as_text()->bytes() < right.as_text()->bytes();
  const Sequence *first = left.as_sequence(), *second = right.as_sequence();
  if (first != nullptr && second != nullptr && first->plain() && first->kind == second->kind) {
    const std::size_t common = std::min(first->items.size(), second->items.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (!equal(first->items[i], second->items[i])) return less(first->items[i], second->items[i]);
    }
    return first->items.size() < second->items.size();
  }
  refuse("<", left, right);
}

bool compare(Comparison comparison, const Value& left, const Value& right, Run& run) {
  run.spend(1 + std::min(weight_of(left), weight_of(right)));
  switch (comparison) {
    case Comparison::kEqual: return equal(left, right);
    case Comparison::kUnequal: return !equal(left, right);
    case Comparison::kLess: return less(left, right);
    case Comparison::kGreater: return less(right, left);
    case Comparison::kLessOrEqual: return less(left, right) || equal(left, right);
    case Comparison::kGreaterOrEqual: return less(right, left) || equal(left, right);
    case Comparison::kIn: return contains(right, left, run);
    case Comparison::kNotIn: return !contains(right, left, run);
  }
  return false;
}

}  // namespace hone::jinja
