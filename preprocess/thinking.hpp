#pragma once

#include <vector>

#include "preprocess/conversation.hpp"
#include "preprocess/loss_policy.hpp"

namespace hone {

/// What becomes of the thinking in answers.
enum class ThinkingPolicy {
  kKeep,   // rendered as the template does with the whole conversation
  kStrip,  // taken out of every answer before that
  kSplit,  // one row for each answer that is learnt, ending with it, as inference sees it
};

/// Takes <think> blocks and `reasoning_content` (`reasoning`, `thinking`) out of the answers; plain
/// text stays as it is.
void strip_thinking(Chat& chat);

/// For each answer that is learnt the conversation up to it, in which it alone is learnt.
std::vector<Chat> split_by_answers(const Chat& chat, LossPolicy loss);

/// Whether an answer is learnt, by message, under a loss that looks at answers (kAssistant or kLast; kAll is
/// taken as kAssistant).
std::vector<bool> learnt_answers(const Chat& chat, LossPolicy loss);

}  // namespace hone
