#include "preprocess/jinja/describe.hpp"

#include <utf8proc.h>

#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/error.hpp"

namespace hone::jinja {
namespace {

bool is_printable(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    case UTF8PROC_CATEGORY_ZS: return c == ' ';
    default: return true;
  }
}

std::string escaped(char32_t c, char quote) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\\': return "\\\\";
    default: break;
  }
  if (c == static_cast<char32_t>(quote)) return std::string("\\") + quote;
  if (is_printable(c)) return "";
  const auto number = static_cast<std::uint32_t>(c);
  return c < 0x100     ? fmt::format("\\x{:02x}", number)
         : c < 0x10000 ? fmt::format("\\u{:04x}", number)
                       : fmt::format("\\U{:08x}", number);
}

std::string number_text(const Value& value) {
  if (const bool* flag = value.as<bool>()) return *flag ? "True" : "False";
  const auto* number = value.as<std::int64_t>();
  return number != nullptr ? std::to_string(*number) : repr(*value.as<double>());
}

/// As Python's repr().
class Printer {
 public:
  explicit Printer(Run& run) : run_(run) {}

  void write(const Value& value) {
    run_.spend(1);
    if (const Text* text = value.as_text()) return write(*text);
    if (const Sequence* sequence = value.as_sequence()) return write(*sequence);
    if (const Dict* dict = value.as_dict()) return write(*dict);
    if (value.is<None>()) return put("None");
    if (value.is<Undefined>()) return put("Undefined");
    if (is_number(value)) return put(number_text(value));
    throw Fault(std::string("a ") + type_name(value) + " can't be printed");
  }

  Text out;

 private:
  void put(std::string_view own) { run_.append(out, own); }

  void write(const Text& text) {
    const std::string& bytes = text.bytes();
    run_.spend_text(bytes.size());
    const char quote =
        bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos ? '"' : '\'';
    put(std::string_view(&quote, 1));
    std::size_t done = 0;
    for (std::size_t at = 0, next; at < bytes.size(); at = next) {
      next = at + character_bytes(bytes[at]);
      const std::string escape = escaped(first_character(std::string_view(bytes).substr(at)), quote);
      if (escape.empty()) continue;
      run_.append(out, text.slice(done, at));
      run_.append(out, text.slice(at, next).transformed(escape));
      done = next;
    }
    run_.append(out, text.slice(done, bytes.size()));
    put(std::string_view(&quote, 1));
  }

  void write(const Sequence& sequence) {
    if (!sequence.plain()) throw Fault("a range, view or generator can't be printed");
    const bool list = sequence.kind == Sequence::Kind::kList;
    put(list ? "[" : "(");
    for (std::size_t i = 0; i < sequence.items.size(); ++i) {
      if (i > 0) put(", ");
      write(sequence.items[i]);
    }
    put(list ? "]" : sequence.items.size() == 1 ? ",)" : ")");
  }

  void write(const Dict& dict) {
    put("{");
    bool first = true;
    for (const auto& [key, value] : dict.items) {
      if (!first) put(", ");
      first = false;
      write(key);
      put(": ");
      write(value);
    }
    put("}");
  }

  Run& run_;
};

}  // namespace

const char* type_name(const Value& value) {
  if (const Sequence* sequence = value.as_sequence()) {
    switch (sequence->kind) {
      case Sequence::Kind::kList: return "list";
      case Sequence::Kind::kTuple: return "tuple";
      case Sequence::Kind::kRange: return "range";
      case Sequence::Kind::kView: return "view";
      case Sequence::Kind::kGenerator: return "generator";
    }
  }
  static constexpr const char* kNames[] = {"Undefined", "NoneType", "bool",      "int",      "float", "str",
                                           "list",      "dict",     "namespace", "function", "loop"};
  return kNames[value.index()];
}

std::string repr(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[32];
  const auto shortest = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
  std::string text(buffer, shortest.ptr);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  if (exponent < -4 || exponent >= 16) return text;
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed);
  std::string result(buffer, fixed.ptr);
  return result.find('.') == std::string::npos ? result + ".0" : result;
}

Text str(const Value& value, Run& run) {
  if (value.is<Undefined>()) return {};
  if (const Text* text = value.as_text()) {
    run.spend_text(text->size() + text->data().size());
    return *text;
  }
  Printer printer(run);
  printer.write(value);
  return std::move(printer.out);
}

std::string undefined_reason(const Undefined& value) {
  return value.what ? *value.what : std::string("the value is undefined");
}

}  // namespace hone::jinja
