#pragma once

#include <fmt/format.h>

#include "base/error.hpp"

namespace hone {

template <typename T>
T json_field(const Json& object, const std::string& key, const std::string& where) {
  if (!object.is_object() || !object.contains(key)) {
    fail_data(fmt::format("{}: '{}' is missing", where, key), "", "check that the file is complete");
  }
  try {
    return object.at(key).get<T>();
  } catch (const nlohmann::json::exception&) {
    fail_data(fmt::format("{}: '{}' has the wrong type", where, key), fmt::format("it is {}", object.at(key).dump()),
              "check the file");
  }
}

}  // namespace hone
