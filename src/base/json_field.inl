#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace hone {

/// nlohmann::json converts between numbers as C++ does: 2.5 and true become counts, and -1 a huge one.
template <typename T>
bool fits(const Json& value, std::type_identity<T>) {
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    if (value.is_number_unsigned()) return std::in_range<T>(value.get<std::uint64_t>());
    return value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
  }
  if constexpr (std::floating_point<T>) return value.is_number();
  return true;
}
template <typename T>
bool fits(const Json& value, std::type_identity<std::vector<T>>) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& item) {
           return fits(item, std::type_identity<T>());
         });
}

template <typename T>
T json_field(const Json& object, const std::string& key, const std::string& where) {
  if (!object.is_object() || !object.contains(key)) {
    fail_data(fmt::format("{}: '{}' is missing", where, key), "", "check that the file is complete");
  }
  const Json& value = object.at(key);
  try {
    if (fits(value, std::type_identity<T>())) return value.get<T>();
  } catch (const nlohmann::json::exception&) {
  }
  fail_data(fmt::format("{}: '{}' has the wrong type", where, key), fmt::format("it is {}", value.dump()),
            "check the file");
}

}  // namespace hone
