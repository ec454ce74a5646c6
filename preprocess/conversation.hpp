#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hone {

struct Turn {
  std::string role;  // system, user, assistant
  std::string content;
};
using Conversation = std::vector<Turn>;

/// Why a line holds no conversation that Hone trains on.
struct BadLine {
  std::string reason;
};

/// Reads `{"messages": [{"role", "content"}, ...]}`; other keys are ignored, unless they would change the
/// rendering (tools, tool calls, thinking). A system turn may only come first; at least one assistant turn is
/// needed.
std::variant<Conversation, BadLine> parse_conversation(std::string_view line);

}  // namespace hone
