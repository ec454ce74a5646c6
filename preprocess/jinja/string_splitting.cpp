#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/methods.hpp"

namespace hone::jinja {
namespace {

std::vector<ByteRange> words(std::string_view text, Run& run) {
  std::vector<ByteRange> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = stripped(text.substr(at), Strip::kLeft, nullptr).begin + at;
    std::size_t end = begin;
    while (end < text.size() && !is_space(first_character(text.substr(end))))
      end += character_bytes(text[end]);
    run.spend(4);
    if (begin < end) found.push_back({begin, end});
    at = end;
  }
  return found;
}

std::vector<ByteRange> pieces_between(std::string_view text, std::string_view separator, Run& run) {
  std::vector<ByteRange> found;
  std::size_t begin = 0;
  for (std::size_t at; (at = find_part(text, separator, begin)) != std::string_view::npos;
       begin = at + separator.size()) {
    run.spend(4);
    found.push_back({begin, at});
  }
  found.push_back({begin, text.size()});
  return found;
}

// From the right, so that overlapping separators cut as Python's rsplit does.
std::vector<ByteRange> pieces_from_right(std::string_view text, std::string_view separator, Run& run) {
  const std::string mirrored(text.rbegin(), text.rend()), sought(separator.rbegin(), separator.rend());
  std::vector<ByteRange> found = pieces_between(mirrored, sought, run);
  for (ByteRange& piece : found) piece = {text.size() - piece.end, text.size() - piece.begin};
  std::reverse(found.begin(), found.end());
  return found;
}

enum class From { kLeft, kRight };

Value split(const char* name, From from, const Text& self, const Arguments& arguments, Run& run) {
  const auto bound = bind(name, arguments, {"sep", "maxsplit"});
  const std::int64_t most = integer_or(bound[1], -1, "maxsplit");
  const bool by_space = bound[0] == nullptr || bound[0]->is<None>();
  std::vector<ByteRange> pieces;
  if (by_space) {
    pieces = words(self.bytes(), run);
  } else {
    const std::string& separator = text_argument(*bound[0], "a separator").bytes();
    if (separator.empty()) throw Fault("a separator can't be empty");
    pieces = from == From::kLeft ? pieces_between(self.bytes(), separator, run)
                                 : pieces_from_right(self.bytes(), separator, run);
  }
  // What is beyond the last split stays one piece, up to the end that the splitting didn't reach.
  if (most >= 0 && pieces.size() > static_cast<std::size_t>(most)) {
    const auto kept = static_cast<std::size_t>(most);
    if (from == From::kLeft) {
      pieces.resize(kept + 1);
      pieces.back().end = self.size();
    } else {
      pieces.erase(pieces.begin(), pieces.end() - static_cast<std::ptrdiff_t>(kept) - 1);
      pieces.front().begin = 0;
    }
    ByteRange& rest = from == From::kLeft ? pieces.back() : pieces.front();
    if (by_space) {
      const ByteRange left =
          stripped(std::string_view(self.bytes()).substr(rest.begin, rest.end - rest.begin),
                   from == From::kLeft ? Strip::kLeft : Strip::kRight, nullptr);
      rest = {rest.begin + left.begin, rest.begin + left.end};
    }
  }
  std::vector<Value> items;
  items.reserve(pieces.size());
  for (const ByteRange& piece : pieces) items.push_back(Value::text(self.slice(piece.begin, piece.end)));
  return Value::list(std::move(items));
}

Value split_left(const Text& self, const Arguments& arguments, Run& run) {
  return split("split", From::kLeft, self, arguments, run);
}
Value split_right(const Text& self, const Arguments& arguments, Run& run) {
  return split("rsplit", From::kRight, self, arguments, run);
}

Value split_lines_method(const Text& self, const Arguments& arguments, Run& run) {
  return Value::list(split_lines(self, flag_or(bind("splitlines", arguments, {"keepends"})[0], false), run));
}

Value parts(const Text& self, std::size_t at, std::size_t separator, bool found_none_on_left) {
  if (at == std::string::npos) {
    const Value none = Value::text(""), all = Value::text(self);
    return found_none_on_left ? Value::tuple({none, none, all}) : Value::tuple({all, none, none});
  }
  return Value::tuple({Value::text(self.slice(0, at)), Value::text(self.slice(at, at + separator)),
                       Value::text(self.slice(at + separator, self.size()))});
}

const std::string& separator_argument(const char* name, const Arguments& arguments) {
  const std::string& separator = text_argument(*bind(name, arguments, {"sep"}, 1)[0], "a separator").bytes();
  if (separator.empty()) throw Fault("a separator can't be empty");
  return separator;
}
Value partition(const Text& self, const Arguments& arguments, Run&) {
  const std::string& separator = separator_argument("partition", arguments);
  return parts(self, find_part(self.bytes(), separator), separator.size(), false);
}
Value partition_last(const Text& self, const Arguments& arguments, Run&) {
  const std::string& separator = separator_argument("rpartition", arguments);
  return parts(self, find_last_part(self.bytes(), separator), separator.size(), true);
}

Value join(const Text& self, const Arguments& arguments, Run& run) {
  const SequencePtr items = items_of(*bind("join", arguments, {"iterable"}, 1)[0], run);
  Text joined;
  for (std::size_t i = 0; i < items->items.size(); ++i) {
    const Text& item = text_argument(items->items[i], "what join() joins");
    if (i > 0) run.append(joined, self);
    run.append(joined, item);
  }
  return Value::text(std::move(joined));
}

}  // namespace

std::vector<Value> split_lines(const Text& text, bool keep_ends, Run& run) {
  const std::string_view bytes = text.bytes();
  std::vector<Value> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0, next; at < bytes.size(); at = next) {
    next = at + character_bytes(bytes[at]);
    const char32_t c = first_character(bytes.substr(at));
    const bool ends =
        (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    if (!ends) continue;
    if (c == '\r' && next < bytes.size() && bytes[next] == '\n') ++next;
    run.spend(4);
    lines.push_back(Value::text(text.slice(begin, keep_ends ? next : at)));
    begin = next;
  }
  if (begin < bytes.size()) lines.push_back(Value::text(text.slice(begin, bytes.size())));
  return lines;
}

std::span<const StringMethod> splitting_methods() {
  static constexpr StringMethod kMethods[] = {
      {"split", split_left},    {"rsplit", split_right},        {"splitlines", split_lines_method},
      {"partition", partition}, {"rpartition", partition_last}, {"join", join}};
  return kMethods;
}

}  // namespace hone::jinja
