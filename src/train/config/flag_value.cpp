#include "train/config/flag_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace hone {
namespace {

[[noreturn]] void refuse(const FlagValue& given, const std::string& wanted) {
  fail_usage(fmt::format("{} must be {}, not {}", given.place, wanted, shown(given)), "", "");
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The whole text as a number, or nothing.
template <typename T>
std::optional<T> parse_all(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> scale_of_unit(const std::string& unit) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Unit, 9> kUnits = {{{"", 1},
                                                  {"b", 1},
                                                  {"kb", 1e3},
                                                  {"mb", 1e6},
                                                  {"gb", 1e9},
                                                  {"tb", 1e12},
                                                  {"kib", 1024.0},
                                                  {"mib", 1024.0 * 1024},
                                                  {"gib", 1024.0 * 1024 * 1024}}};
  for (const Unit& candidate : kUnits) {
    if (candidate.name == unit) return candidate.bytes;
  }
  return std::nullopt;
}

}  // namespace

std::string shown(const FlagValue& given) {
  if (given.value.is_string()) return fmt::format("'{}'", given.value.get_ref<const std::string&>());
  return given.value.dump();
}

std::string to_text(const FlagValue& given) {
  if (!given.value.is_string()) refuse(given, "a text");
  return given.value.get<std::string>();
}

std::int64_t to_integer(const FlagValue& given) {
  const Json& value = given.value;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX})
    refuse(given, "a whole number below 2^63");
  if (value.is_number_integer()) return value.get<std::int64_t>();
  // Files written by other tools say 500.0 for a count.
  if (value.is_number_float() && std::abs(value.get<double>()) < 1e15 &&
      std::trunc(value.get<double>()) == value.get<double>())
    return static_cast<std::int64_t>(value.get<double>());
  if (value.is_string()) {
    if (const auto number = parse_all<std::int64_t>(value.get_ref<const std::string&>())) return *number;
  }
  refuse(given, "a whole number");
}

double to_number(const FlagValue& given) {
  std::optional<double> number;
  if (given.value.is_number()) number = given.value.get<double>();
  if (given.value.is_string()) number = parse_all<double>(given.value.get_ref<const std::string&>());
  if (!number || !std::isfinite(*number)) refuse(given, "a number");
  return *number;
}

bool to_bool(const FlagValue& given) {
  if (given.value.is_boolean()) return given.value.get<bool>();
  const std::string word =
      given.value.is_string() ? lower(given.value.get<std::string>()) : given.value.dump();
  for (const char* yes : {"true", "yes", "t", "y", "1"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "no", "f", "n", "0"}) {
    if (word == no) return false;
  }
  refuse(given, "True or False");
}

std::vector<std::string> to_texts(const FlagValue& given) {
  if (!given.value.is_array()) refuse(given, "a list of words");
  std::vector<std::string> texts;
  for (const Json& item : given.value) texts.push_back(to_text({item, given.place}));
  return texts;
}

OrderedJson to_object(const FlagValue& given) {
  OrderedJson object;
  if (given.value.is_object()) object = OrderedJson::parse(given.value.dump());
  if (given.value.is_string()) {
    object =
        OrderedJson::parse(given.value.get_ref<const std::string&>(), nullptr, /*allow_exceptions=*/false);
  }
  if (!object.is_object()) refuse(given, "a JSON object such as '{\"min_lr\": 1e-5}'");
  return object;
}

std::int64_t to_bytes(const FlagValue& given) {
  if (given.value.is_number()) return to_integer(given);
  if (given.value.is_string()) {
    const std::string text = lower(given.value.get<std::string>());
    const std::size_t unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto count = parse_all<double>(text.substr(0, unit_at));
    const auto scale = scale_of_unit(text.substr(unit_at));
    if (count && scale && *count * *scale < 9e18) return std::llround(*count * *scale);
  }
  refuse(given, "a size such as 5GB or 500MiB");
}

}  // namespace hone
