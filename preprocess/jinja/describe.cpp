#include "preprocess/jinja/describe.hpp"

#include <utf8proc.h>

#include <fmt/format.h>
#include <charconv>
#include <cmath>

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

Text quoted(const Text& text) {
  const std::string& bytes = text.bytes();
  const char quote =
      bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos ? '"' : '\'';
  Text result(std::string(1, quote));
  std::size_t done = 0;
  for (std::size_t at = 0, next; at < bytes.size(); at = next) {
    next = at + character_bytes(bytes[at]);
    const std::string escape = escaped(first_character(std::string_view(bytes).substr(at)), quote);
    if (escape.empty()) continue;
    result.append(text.slice(done, at));
    result.append(text.slice(at, next).transformed(escape));
    done = next;
  }
  result.append(text.slice(done, bytes.size()));
  result.append(std::string_view(&quote, 1));
  return result;
}

Text repr(const Sequence& sequence) {
  if (!sequence.plain()) throw Fault("a range, view or generator can't be printed");
  const bool list = sequence.kind == Sequence::Kind::kList;
  Text result(list ? "[" : "(");
  for (std::size_t i = 0; i < sequence.items.size(); ++i) {
    if (i > 0) result.append(", ");
    result.append(repr(sequence.items[i]));
  }
  result.append(list ? "]" : sequence.items.size() == 1 ? ",)" : ")");
  return result;
}

Text repr(const Dict& dict) {
  Text result("{");
  for (const auto& [key, value] : dict.items) {
    if (result.size() > 1) result.append(", ");
    result.append(repr(key));
    result.append(": ");
    result.append(repr(value));
  }
  result.append("}");
  return result;
}

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

Text repr(const Value& value) {
  if (const Text* text = value.as_text()) return quoted(*text);
  return value.is<Undefined>() ? Text("Undefined") : str(value);
}

Text str(const Value& value) {
  if (value.is<Undefined>()) return {};
  if (value.is<None>()) return Text("None");
  if (const bool* flag = value.as<bool>()) return Text(*flag ? "True" : "False");
  if (const auto* number = value.as<std::int64_t>()) return Text(std::to_string(*number));
  if (const double* number = value.as<double>()) return Text(repr(*number));
  if (const Text* text = value.as_text()) return *text;
  if (const Sequence* sequence = value.as_sequence()) return repr(*sequence);
  if (const Dict* dict = value.as_dict()) return repr(*dict);
  throw Fault(std::string("a ") + type_name(value) + " can't be printed");
}

std::string undefined_reason(const Undefined& value) {
  return value.what ? *value.what : std::string("the value is undefined");
}

}  // namespace hone::jinja
