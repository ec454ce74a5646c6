#include "preprocess/plain_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace hone {
namespace {

using simdjson::dom::element;

constexpr std::size_t kLongestLine = std::size_t{1} << 22;  // bytes; the parser's tables grow with it
constexpr int kDeepestIgnored = 16;
constexpr std::size_t kMostKeys = 64;  // of an object: each is compared with each

// Under these a line may say more than its messages, or the same in another form.
constexpr std::string_view kOtherKeys[] = {"answer",       "chat_template_kwargs",
                                           "chosen",       "completion",
                                           "conversation", "conversations",
                                           "documents",    "functions",
                                           "input",        "instruction",
                                           "output",       "prompt",
                                           "question",     "reasoning",
                                           "query",        "rejected",
                                           "response",     "system",
                                           "text",         "thinking",
                                           "tools",        "train",
                                           "weight"};

bool may_matter(std::string_view key) {
  return std::find(std::begin(kOtherKeys), std::end(kOtherKeys), key) != std::end(kOtherKeys);
}

bool has_key_twice(const simdjson::dom::object& fields) {
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    auto other = field;
    for (++other; other != fields.end(); ++other) {
      if (field.key() == other.key()) return true;
    }
  }
  return false;
}

// parse_chat() refuses what nests deeply and keys that come twice, wherever they stand.
bool may_be_ignored(const element& value, int most) {
  simdjson::dom::array list;
  simdjson::dom::object fields;
  if (value.get(list) == simdjson::SUCCESS) {
    if (most == 0) return false;
    for (const element item : list) {
      if (!may_be_ignored(item, most - 1)) return false;
    }
  } else if (value.get(fields) == simdjson::SUCCESS) {
    if (most == 0 || fields.size() > kMostKeys || has_key_twice(fields)) return false;
    for (const auto field : fields) {
      if (!may_be_ignored(field.value, most - 1)) return false;
    }
  }
  return true;
}

bool is_plain_role(std::string_view role, std::size_t index) {
  return role == "user" || role == "assistant" || (role == "system" && index == 0);
}

// Role and content, each once and each a string.
bool read_turn(const element& message, std::size_t index, Turn& turn) {
  simdjson::dom::object fields;
  if (message.get(fields) != simdjson::SUCCESS) return false;
  bool has_role = false, has_content = false;
  for (const auto field : fields) {
    std::string_view text;
    if (field.value.get(text) != simdjson::SUCCESS) return false;
    if (field.key == "role" && !has_role) {
      has_role = true;
      if (!is_plain_role(text, index)) return false;
      turn.role = text;
    } else if (field.key == "content" && !has_content) {
      has_content = true;
      turn.content = text;
    } else {
      return false;
    }
  }
  return has_role && has_content;
}

bool read_turns(const simdjson::dom::array& messages, Conversation& conversation) {
  conversation.resize(messages.size());
  std::size_t count = 0;
  bool answered = false;
  for (const element message : messages) {
    if (!read_turn(message, count, conversation[count])) return false;
    answered = answered || conversation[count].role == "assistant";
    ++count;
  }
  return answered;
}

}  // namespace

struct PlainReader::Parser {
  simdjson::dom::parser parser;
  std::vector<char> line;  // a copy, for simdjson reads some bytes past what it parses
};

PlainReader::PlainReader() : parser_(std::make_unique<Parser>()) {}
PlainReader::~PlainReader() = default;

const Conversation* PlainReader::read(std::string_view line) {
  if (line.empty() || line.size() > kLongestLine) return nullptr;
  std::vector<char>& padded = parser_->line;
  if (padded.size() < line.size() + simdjson::SIMDJSON_PADDING)
    padded.resize(2 * line.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded.data(), line.data(), line.size());
  simdjson::dom::object fields;
  if (parser_->parser.parse(padded.data(), line.size(), false).get(fields) != simdjson::SUCCESS)
    return nullptr;
  if (fields.size() > kMostKeys || has_key_twice(fields)) return nullptr;
  bool has_messages = false;
  for (const auto field : fields) {
    if (field.key == "messages") {
      simdjson::dom::array messages;
      if (field.value.get(messages) != simdjson::SUCCESS) return nullptr;
      has_messages = true;
      if (!read_turns(messages, conversation_)) return nullptr;
    } else if (may_matter(field.key) || !may_be_ignored(field.value, kDeepestIgnored)) {
      return nullptr;
    }
  }
  return has_messages ? &conversation_ : nullptr;
}

}  // namespace hone
