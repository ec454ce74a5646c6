#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace hone {

/// Why a message can't be part of a conversation; nothing for one that can.
std::optional<std::string> message_fault(const OrderedJson& message, bool first);

/// Whether it is a key whose meaning is known here; templates may read others.
bool is_known_message_key(std::string_view key);

/// What `weight` and `train` of a message that was checked say; true where it has neither.
bool message_is_trained(const OrderedJson& message);

/// Whether its content is a string of nothing but white space.
bool says_nothing(const OrderedJson& message);

/// Names that a message's thinking goes under, the one that templates read first.
inline constexpr const char* kThinkingNames[] = {"reasoning_content", "thinking", "reasoning"};
/// Whether it has thinking beside its content.
bool has_thinking(const OrderedJson& message);

/// Whether it has something else than null under the key.
bool has_value(const OrderedJson& object, const char* key);

}  // namespace hone
