#include "preprocess/jinja/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"

namespace hone::jinja {
namespace {

constexpr const char* kBeyond64Bits = "a number beyond 64 bits is not supported";

std::string escape_of(char32_t c, bool ensure_ascii) {
  switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\b': return "\\b";
    case '\f': return "\\f";
    default: break;
  }
  const auto number = static_cast<std::uint32_t>(c);
  if (c >= 0x20 && (!ensure_ascii || c < 0x7F)) return "";
  if (c < 0x10000) return fmt::format("\\u{:04x}", number);
  const std::uint32_t above = number - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF));
}

class Writer {
 public:
  Writer(const JsonStyle& style, Run& run) : style_(style), run_(run) {}

  void write(const Value& value, int level) {
    run_.spend(1);
    if (value.is<None>()) return put("null");
    if (const bool* flag = value.as<bool>()) return put(*flag ? "true" : "false");
    if (const auto* number = value.as<std::int64_t>()) return put(std::to_string(*number));
    if (const double* number = value.as<double>()) return put(number_text(*number));
    if (const Text* text = value.as_text()) return write_string(*text);
    if (const Dict* dict = value.as_dict()) return write_dict(*dict, level);
    if (const Sequence* sequence = value.as_sequence(); sequence != nullptr && sequence->plain())
      return write_list(*sequence, level);
    if (const auto* undefined = value.as<Undefined>()) throw Fault(undefined_reason(*undefined));
    throw Fault(std::string("a ") + type_name(value) + " can't be written as JSON");
  }

  Text out;

 private:
  void put(std::string_view own) { run_.append(out, own); }

  static std::string number_text(double number) {
    if (std::isnan(number)) return "NaN";
    return std::isinf(number) ? number < 0 ? "-Infinity" : "Infinity" : repr(number);
  }

  void write_string(const Text& text) {
    const std::string_view bytes = text.bytes();
    run_.spend_text(bytes.size());
    put("\"");
    std::size_t done = 0;
    for (std::size_t at = 0, next; at < bytes.size(); at = next) {
      next = at + character_bytes(bytes[at]);
      const std::string escape = escape_of(first_character(bytes.substr(at)), style_.ensure_ascii);
      if (escape.empty()) continue;
      run_.append(out, text.slice(done, at));
      run_.append(out, text.slice(at, next).transformed(escape));
      done = next;
    }
    run_.append(out, text.slice(done, bytes.size()));
    put("\"");
  }

  void new_line(int level) {
    if (!style_.indent) return;
    put("\n");
    for (int i = 0; i < level; ++i) put(*style_.indent);
  }
  void separate(bool first, int level) {
    if (!first) put(style_.item_separator.value_or(style_.indent ? "," : ", "));
    new_line(level);
  }

  void write_list(const Sequence& sequence, int level) {
    if (sequence.items.empty()) return put("[]");
    put("[");
    bool first = true;
    for (const Value& item : sequence.items) {
      separate(first, level + 1);
      first = false;
      write(item, level + 1);
    }
    new_line(level);
    put("]");
  }

  void write_key(const Value& key) {
    if (const Text* text = key.as_text()) return write_string(*text);
    if (!is_number(key) && !key.is<None>())
      throw Fault(std::string("a ") + type_name(key) + " can't be a key in JSON");
    put("\"");
    write(key, 0);
    put("\"");
  }

  void write_dict(const Dict& dict, int level) {
    if (dict.items.empty()) return put("{}");
    std::vector<const std::pair<Value, Value>*> items;
    for (const auto& item : dict.items) items.push_back(&item);
    if (style_.sort_keys) {
      for (const auto* item : items) text_argument_for_sorting(item->first);
      std::stable_sort(items.begin(), items.end(), [](const auto* a, const auto* b) {
        return a->first.as_text()->bytes() < b->first.as_text()->bytes();
      });
    }
    put("{");
    bool first = true;
    for (const auto* item : items) {
      separate(first, level + 1);
      first = false;
      write_key(item->first);
      put(style_.key_separator.value_or(": "));
      write(item->second, level + 1);
    }
    new_line(level);
    put("}");
  }
  static void text_argument_for_sorting(const Value& key) {
    if (key.as_text() == nullptr) throw Fault("sort_keys needs keys that are strings");
  }

  const JsonStyle& style_;
  Run& run_;
};

}  // namespace

Value from_json(const OrderedJson& json, int source) {
  switch (json.type()) {
    case OrderedJson::value_t::boolean: return json.get<bool>();
    case OrderedJson::value_t::number_integer: return json.get<std::int64_t>();
    case OrderedJson::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw Fault(kBeyond64Bits);
      return static_cast<std::int64_t>(number);
    }
    case OrderedJson::value_t::number_float: return json.get<double>();
    case OrderedJson::value_t::string:
      return Value::text(Text::from_data(json.get_ref<const std::string&>(), source));
    case OrderedJson::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const OrderedJson& item : json) items.push_back(from_json(item, source));
      return Value::list(std::move(items));
    }
    case OrderedJson::value_t::object: {
      std::vector<std::pair<Value, Value>> items;
      items.reserve(json.size());
      for (const auto& [key, value] : json.items())
        items.emplace_back(Value::text(Text::from_data(key, source)), from_json(value, source));
      return Value::dict(std::move(items));
    }
    // Parsing keeps the digits of a longer integer so.
    case OrderedJson::value_t::binary: throw Fault(kBeyond64Bits);
    default: return None{};
  }
}

Text to_json(const Value& value, const JsonStyle& style, Run& run) {
  Writer writer(style, run);
  writer.write(value, 0);
  return std::move(writer.out);
}

}  // namespace hone::jinja
