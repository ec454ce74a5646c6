// What an input may hold: a row, lines of rows or an array of rows. The library's own reading of JSON is what
// the readers are held against.
#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "fuzz/fuzzer.hpp"
#include "preprocess/array_reader.hpp"
#include "preprocess/conversation.hpp"
#include "preprocess/format_recognition.hpp"
#include "preprocess/line_reader.hpp"
#include "preprocess/plain_reader.hpp"
#include "preprocess/row_json.hpp"
#include "preprocess/text_source.hpp"
#include "preprocess/thinking.hpp"
#include "preprocess/unknown_keys.hpp"

namespace hone {
namespace {

constexpr std::size_t kMostRows = 10;  // of one input that are looked into
constexpr std::size_t kBlock = 16;     // bytes, so that rows go over the edges of blocks

bool is_text(const std::string& text) {
  try {
    static_cast<void>(OrderedJson(text).dump());
    return true;
  } catch (const OrderedJson::type_error&) {
    return false;
  }
}

// What the library makes of a text, in which it takes a NUL for the end; discarded where it is not JSON.
OrderedJson library_reading(std::string_view text) {
  return text.find('\0') == std::string_view::npos ? OrderedJson::parse(text, nullptr, false)
                                                   : OrderedJson(OrderedJson::value_t::discarded);
}

// An integer beyond 64 bits, of which the readers keep the digits, is rounded by the library.
OrderedJson rounded(OrderedJson json) {
  if (json.is_binary()) return std::stod(std::string(json.get_binary().begin(), json.get_binary().end()));
  if (json.is_structured()) {
    for (OrderedJson& item : json) item = rounded(std::move(item));
  }
  return json;
}

// The readers are stricter than JSON in two things.
bool is_stricter(const std::string& reason) {
  return reason.starts_with("the key '") || reason.starts_with("nested more than");
}

void check_json(std::string_view row) {
  try {
    const OrderedJson json = parse_row_json(row);
    HONE_ASSERT(rounded(json) == library_reading(row));
    std::vector<std::string> keys;
    if (json.is_object()) {
      for (const auto& [key, value] : json.items()) keys.push_back(key);
    }
    HONE_ASSERT(keys_of_row(row) == keys);
  } catch (const RowFault& fault) {
    HONE_ASSERT(is_text(fault.reason));
    HONE_ASSERT(is_stricter(fault.reason) || library_reading(row).is_discarded());
    static_cast<void>(keys_of_row(row));
  }
}

bool same(const Turn& a, const Turn& b) {
  return a.role == b.role && a.content == b.content && a.trained == b.trained;
}

void check_fast_way(std::string_view row) {
  static PlainReader reader;
  const Conversation* const found = reader.read(row);
  if (found == nullptr) return;
  const auto parsed = parse_chat(row);
  HONE_ASSERT(std::holds_alternative<Chat>(parsed));
  const auto full = plain_conversation(std::get<Chat>(parsed));
  HONE_ASSERT(full && std::equal(found->begin(), found->end(), full->begin(), full->end(), same));
}

void check_chat(Chat chat) {
  HONE_ASSERT(chat.messages.is_array() && !chat.messages.empty());
  HONE_ASSERT(chat.trained.size() == chat.messages.size());
  for (const OrderedJson& message : chat.messages) HONE_ASSERT(message.at("role").is_string());
  if (!chat.plain) static_cast<void>(plain_conversation(chat));
  UnknownKeys().add(chat, {});
  for (const LossPolicy loss : {LossPolicy::kAssistant, LossPolicy::kLast}) {
    for (const Chat& part : split_by_answers(chat, loss))
      HONE_ASSERT(part.is_answer(part.trained.size() - 1));
  }
  strip_thinking(chat);
}

void check_formats(std::string_view row) {
  for (const RowFormat format : kRowFormats) {
    auto parsed = parse_chat(row, {format, {}, row.size() % 2 == 1});  // prompts learnt in some rows
    if (const auto* bad = std::get_if<BadLine>(&parsed)) {
      HONE_ASSERT(!bad->reason.empty() && is_text(bad->reason));
    } else {
      check_chat(std::get<Chat>(std::move(parsed)));
    }
  }
}

void check_row(std::string_view row) {
  check_json(row);
  check_fast_way(row);
  check_formats(row);
}

void check_rows(const LineBlock& block, std::size_t& count) {
  try {
    static_cast<void>(recognise_format(block, "input", {}));
  } catch (const Error& error) {
    HONE_ASSERT(error.code() == ExitCode::kData);
  }
  for_each_row(block, [&](std::string_view row, auto...) {
    if (count++ < kMostRows) check_row(row);
  });
}

void check_lines(const std::string& text) {
  TextSource source(text, 7);
  LineReader reader(source, 0, kBlock);
  LineBlock block;
  std::string read;
  std::size_t count = 0;
  while (reader.next(block)) {
    HONE_ASSERT(block.first_byte == read.size());
    read += block.text;
    check_rows(block, count);
  }
  HONE_ASSERT(read == text);
}

void check_array(const std::string& text) {
  const OrderedJson whole = library_reading(text);
  TextSource source(text, 7);
  ArrayReader reader(source, "input", 0, kBlock);
  LineBlock block;
  std::size_t count = 0, looked_into = 0;
  try {
    while (reader.next(block)) {
      for (const LineBlock::Element& element : block.elements) {
        const auto row = std::string_view(block.text).substr(element.begin, element.end - element.begin);
        HONE_ASSERT(std::string_view(text).substr(element.byte, row.size()) == row);
        if (whole.is_array()) HONE_ASSERT(OrderedJson::parse(row) == whole.at(count));
        ++count;
      }
      check_rows(block, looked_into);
    }
    if (whole.is_array()) HONE_ASSERT(count == whole.size());
  } catch (const Error& error) {
    HONE_ASSERT(error.code() == ExitCode::kData && !whole.is_array());
  }
}

}  // namespace
}  // namespace hone

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string text(reinterpret_cast<const char*>(bytes), count);
  hone::check_row(text);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && text[begin] == '[') {
    hone::check_array(text);
  } else {
    hone::check_lines(text);
  }
  return 0;
}
