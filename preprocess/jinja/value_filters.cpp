#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/filters.hpp"
#include "preprocess/jinja/json.hpp"

namespace hone::jinja {
namespace {

Value default_value(const Arguments& arguments, Run&) {
  const auto bound = bind("default", arguments, {"value", "default_value", "boolean"}, 1);
  const bool replace = bound[0]->is<Undefined>() || (flag_or(bound[2], false) && !truth(*bound[0]));
  if (!replace) return *bound[0];
  return bound[1] != nullptr ? *bound[1] : Value::text("");
}

Value length(const Arguments& arguments, Run& run) {
  const Value& value = *bind("length", arguments, {"value"}, 1)[0];
  run.spend(value.as_text() != nullptr ? 1 + value.as_text()->size() / 64 : 1);
  return static_cast<std::int64_t>(length_of(value));
}

Value absolute(const Arguments& arguments, Run&) {
  const Value& value = *bind("abs", arguments, {"value"}, 1)[0];
  if (value.is<double>()) return std::fabs(as_double(value));
  const std::int64_t number = as_integer(value, "what abs takes");
  std::int64_t result = 0;
  if (number < 0 && __builtin_sub_overflow(0, number, &result))
    throw Fault("a number beyond 64 bits is not supported");
  return number < 0 ? result : number;
}

// As Python's int() and float() read a string: white space around, a sign, digits.
template <typename Number>
std::optional<Number> parsed(const Text& text, Run& run) {
  run.spend_text(text.size());
  const ByteRange left = stripped(text.bytes(), Strip::kBoth, nullptr);
  std::string digits = text.bytes().substr(left.begin, left.end - left.begin);
  if (digits.find('_') != std::string::npos) throw Fault("a number with '_' is not supported");
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.erase(0, 1);
  Number number{};
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end.ec == std::errc::result_out_of_range) throw Fault("a number beyond 64 bits is not supported");
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<double> float_of(const Value& value, Run& run) {
  if (const auto* undefined = value.as<Undefined>()) throw Fault(undefined_reason(*undefined));
  if (is_number(value)) return as_double(value);
  const Text* text = value.as_text();
  return text != nullptr ? parsed<double>(*text, run) : std::nullopt;
}

std::int64_t whole_part(double number) {
  if (std::fabs(number) >= 9.2e18) throw Fault("a number beyond 64 bits is not supported");
  return static_cast<std::int64_t>(number);
}

Value to_integer(const Arguments& arguments, Run& run) {
  const auto bound = bind("int", arguments, {"value", "default", "base"}, 1);
  if (integer_or(bound[2], 10, "a base") != 10) throw Fault("int: a base other than 10 is not supported");
  if (!bound[0]->is<double>() && is_number(*bound[0])) return as_integer(*bound[0], "");
  if (const Text* text = bound[0]->as_text()) {
    if (const auto number = parsed<std::int64_t>(*text, run)) return *number;
  }
  const auto number = float_of(*bound[0], run);
  if (number && std::isfinite(*number)) return whole_part(*number);
  return bound[1] != nullptr ? *bound[1] : Value(std::int64_t{0});
}

Value to_float(const Arguments& arguments, Run& run) {
  const auto bound = bind("float", arguments, {"value", "default"}, 1);
  if (const auto number = float_of(*bound[0], run)) return *number;
  return bound[1] != nullptr ? *bound[1] : Value(0.0);
}

Value rounded(const Arguments& arguments, Run&) {
  const auto bound = bind("round", arguments, {"value", "precision", "method"}, 1);
  const std::int64_t precision = integer_or(bound[1], 0, "a precision");
  if (precision < 0 || precision > 15) throw Fault("round: such a precision is not supported");
  if (!is_number(*bound[0])) throw Fault(std::string("a ") + type_name(*bound[0]) + " can't be rounded");
  const std::string method = bound[2] != nullptr ? text_argument(*bound[2], "a method").bytes() : "common";
  if (method == "common") {
    if (!bound[0]->is<double>()) return as_integer(*bound[0], "");
    return std::stod(fmt::format("{:.{}f}", as_double(*bound[0]), static_cast<int>(precision)));
  }
  if (method != "ceil" && method != "floor") throw Fault("round: the method must be common, ceil or floor");
  const double scale = std::pow(10.0, static_cast<double>(precision)), scaled = as_double(*bound[0]) * scale;
  return (method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale;
}

Value json_text(const Arguments& arguments, Run& run) {
  const auto bound = bind("tojson", arguments, {"x", "ensure_ascii", "indent", "separators", "sort_keys"}, 1);
  JsonStyle style{flag_or(bound[1], false), flag_or(bound[4], false), {}, {}, {}};
  if (bound[2] != nullptr && !bound[2]->is<None>()) {
    const Text* text = bound[2]->as_text();
    const std::int64_t width = text != nullptr ? 0 : as_integer(*bound[2], "tojson's indent");
    if (width > 100) throw Fault("tojson: such an indent is not supported");
    style.indent = text != nullptr
                       ? text->bytes()
                       : std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
  }
  if (bound[3] != nullptr && !bound[3]->is<None>()) {
    const Sequence* pair = bound[3]->as_sequence();
    if (pair == nullptr || pair->items.size() != 2) throw Fault("tojson: separators must be two strings");
    style.item_separator = text_argument(pair->items[0], "a separator").bytes();
    style.key_separator = text_argument(pair->items[1], "a separator").bytes();
  }
  return Value::text(to_json(*bound[0], style, run));
}

}  // namespace

std::span<const NamedFilter> value_filters() {
  static constexpr NamedFilter kFilters[] = {
      {"default", default_value}, {"d", default_value}, {"length", length},
      {"count", length},          {"abs", absolute},    {"int", to_integer},
      {"float", to_float},        {"round", rounded},   {"tojson", json_text}};
  return kFilters;
}

}  // namespace hone::jinja
