// A chat template, and behind a NUL the variables that it is given, as JSON; without them a small
// conversation.
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "fuzz/fuzzer.hpp"
#include "preprocess/jinja/json.hpp"
#include "preprocess/jinja/template.hpp"

namespace hone::jinja {
namespace {

constexpr const char* kConversation = R"({"messages": [{"role": "system", "content": "be brief"},
  {"role": "user", "content": [{"type": "text", "text": "Grüße, 北京\n"}]},
  {"role": "assistant", "content": "<think>\nhm\n</think>\n\nyes", "tool_calls":
    [{"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": [2.5, null, true]}}}]},
  {"role": "tool", "content": "3"}],
  "tools": [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}],
  "add_generation_prompt": true, "bos_token": "<s>", "number": -42, "words": ["b", "A", "c c"], "empty": {}})";

// Small enough that nothing may take long: what isn't counted shows as a time-out.
constexpr Limits kLimits = {100'000, std::size_t{1} << 20, 500};

constexpr int kDeepest = 100;  // of the variables; rows are bounded where they are read

std::vector<std::pair<std::string, Value>> variables_of(std::string_view json) {
  std::vector<std::pair<std::string, Value>> variables;
  const auto is_shallow = [](int depth, OrderedJson::parse_event_t, const OrderedJson&) {
    return depth < kDeepest;
  };
  const OrderedJson given = OrderedJson::parse(json, is_shallow, false);
  if (!given.is_object()) return variables;
  try {
    int source = 0;
    for (const auto& [name, value] : given.items()) variables.emplace_back(name, from_json(value, source++));
  } catch (const Fault&) {  // a number beyond 64 bits
  }
  return variables;
}

void check_place(const TemplateError& error, std::string_view source) {
  const auto breaks =
      std::count_if(source.begin(), source.end(), [](char c) { return c == '\n' || c == '\r'; });
  HONE_ASSERT(error.at().line >= 1 && error.at().line <= breaks + 1);
  HONE_ASSERT(error.at().column >= 1 && error.at().column <= source.size() + 1);
}

void check_rendered(const Rendered& rendered) {
  const std::string& text = rendered.text.bytes();
  HONE_ASSERT(text.size() <= kLimits.text_bytes);
  HONE_ASSERT(simdjson::validate_utf8(text));
  std::size_t done = 0;
  for (const Text::Stretch& stretch : rendered.text.data()) {
    HONE_ASSERT(stretch.begin >= done && stretch.begin < stretch.end && stretch.end <= text.size());
    done = stretch.end;
  }
  done = 0;
  for (const Generation& block : rendered.generations) {
    HONE_ASSERT(block.begin >= done && block.begin <= block.end && block.end <= text.size());
    done = block.end;
  }
}

void check(std::string_view source, const std::vector<std::pair<std::string, Value>>& variables) {
  std::tm now{};
  now.tm_mday = 26;
  now.tm_mon = 6;
  now.tm_year = 124;
  try {
    const Template parsed(source);
    HONE_ASSERT(simdjson::validate_utf8(source.data(), source.size()));
    const Rendered once = parsed.render(variables, kLimits, now);
    check_rendered(once);
    const Rendered again = parsed.render(variables, kLimits, now);
    HONE_ASSERT(again.text.bytes() == once.text.bytes() && again.text.data() == once.text.data());
  } catch (const TemplateError& error) {
    check_place(error, source);
  }
}

}  // namespace
}  // namespace hone::jinja

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), count);
  const std::size_t end = input.find('\0');
  const bool given = end != std::string_view::npos;
  hone::jinja::check(input.substr(0, end),
                     hone::jinja::variables_of(given ? input.substr(end + 1) : hone::jinja::kConversation));
  return 0;
}
