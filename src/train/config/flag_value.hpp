#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// What the user wrote for one flag, and where. Text of the command line is a JSON string, lists are JSON
/// arrays.
struct FlagValue {
  Json value;
  std::string place;  // for messages: `--learning_rate`, `'learning_rate' in run.json`
};

/// The value as written, for messages.
std::string shown(const FlagValue& given);

// Each accepts the type itself or its text and throws Error(kUsage) that names place, value and what is
// wanted.
std::string to_text(const FlagValue& given);
std::int64_t to_integer(const FlagValue& given);
double to_number(const FlagValue& given);
/// True/False, yes/no, 1/0 in any case, as transformers reads them.
bool to_bool(const FlagValue& given);
/// A list of texts.
std::vector<std::string> to_texts(const FlagValue& given);
/// An object, or the text of one.
OrderedJson to_object(const FlagValue& given);
/// Bytes: 5000000000, "5GB" (10^9) or "5GiB" (2^30).
std::int64_t to_bytes(const FlagValue& given);

}  // namespace hone
