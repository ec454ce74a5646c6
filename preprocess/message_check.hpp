#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"

namespace hone {

/// Why a message can't be part of a conversation, as "messages[INDEX]: REASON"; nothing for one that can.
std::optional<std::string> message_fault(const OrderedJson& message, std::size_t index);

/// What `weight` and `train` of a message that was checked say; true where it has neither.
bool message_is_trained(const OrderedJson& message);

/// Whether it has something else than null under the key.
bool has_value(const OrderedJson& object, const char* key);

}  // namespace hone
