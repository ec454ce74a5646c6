#pragma once

namespace hone {

/// What of a conversation is learnt: its answers with their end tokens, everything, the last answer.
enum class LossPolicy { kAssistant, kAll, kLast };

}  // namespace hone
