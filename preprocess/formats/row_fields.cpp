#include "preprocess/formats/row_fields.hpp"

#include <fmt/format.h>

#include <utility>

#include "preprocess/row_json.hpp"

namespace hone {

OrderedJson* RowFields::find(std::string_view name) {
  const auto found = row_.find(columns_.field(name));
  return found == row_.end() || found->is_null() ? nullptr : &*found;
}

OrderedJson& RowFields::at(std::string_view name) {
  OrderedJson* const value = find(name);
  if (value == nullptr) throw RowFault{fmt::format("'{}' is missing", field(name))};
  return *value;
}

OrderedJson& RowFields::list(std::string_view name) {
  OrderedJson& value = at(name);
  if (!value.is_array()) throw RowFault{fmt::format("'{}' is not a list", field(name))};
  if (value.empty()) throw RowFault{fmt::format("'{}' is empty", field(name))};
  return value;
}

std::string RowFields::text(std::string_view name) {
  return take_string(at(name), fmt::format("'{}'", field(name)));
}

std::string RowFields::text_or_empty(std::string_view name) {
  return find(name) == nullptr ? "" : text(name);
}

std::string take_string(OrderedJson& value, const std::string& place) {
  if (!value.is_string()) throw RowFault{fmt::format("{} is {}, not a string", place, kind_of(value))};
  return std::move(value.get_ref<std::string&>());
}

}  // namespace hone
