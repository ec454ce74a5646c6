#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// Why a row is not what it should be: makes its line a bad one.
struct RowFault {
  std::string reason;
};

/// The JSON of a row. Throws RowFault for what is no JSON (also bytes that are no UTF-8 and lone surrogates),
/// for a key that comes twice in an object and for more than 150 levels of nesting, which everything behind
/// it may then go through recursively. Of an integer beyond 64 bits it keeps the digits, as a binary value.
OrderedJson parse_row_json(std::string_view text);

/// What a value of such JSON is, for messages.
const char* kind_of(const OrderedJson& value);

/// The keys of the object that a row is, without looking at more of it than that takes: nothing for what is
/// no object or no JSON.
std::vector<std::string> keys_of_row(std::string_view text);

}  // namespace hone
