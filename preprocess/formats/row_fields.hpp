#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "preprocess/formats/columns.hpp"

namespace hone {

/// The fields of a row by their names in the format. Null counts as absent.
class RowFields {
 public:
  /// Both must outlive it; `row` is an object, from which converters may move values.
  RowFields(OrderedJson& row, const Columns& columns) : row_(row), columns_(columns) {}

  /// Null where the row has none.
  OrderedJson* find(std::string_view name);
  /// Throws RowFault where the row has none.
  OrderedJson& at(std::string_view name);
  /// A list with something in it. Throws RowFault for anything else.
  OrderedJson& list(std::string_view name);
  /// Throw RowFault for what is no string, the first also where the row has none ("" for the second).
  std::string text(std::string_view name);
  std::string text_or_empty(std::string_view name);

  /// The field's own name, for messages.
  std::string field(std::string_view name) const { return columns_.field(name); }

 private:
  OrderedJson& row_;
  const Columns& columns_;
};

/// Throws RowFault naming what it is.
std::string take_string(OrderedJson& value, const std::string& place);

}  // namespace hone
