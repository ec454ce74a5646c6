#include "preprocess/row_json.hpp"

#include <fmt/format.h>

#include <unordered_set>
#include <utility>

#include "preprocess/shown_text.hpp"

namespace hone {
namespace {

constexpr std::size_t kDeepest = 150;
constexpr std::size_t kLargeObject = 16;  // keys; from there on a set tells which are there

// nlohmann's text without its identifier, its position, which counts within this line, and what it read last,
// which may be bytes of no encoding and as long as the line.
std::string parse_reason(std::size_t byte, const std::string& last_token,
                         const nlohmann::detail::exception& error) {
  constexpr int kOutOfRange = 406;
  if (error.id == kOutOfRange) return fmt::format("a number beyond the range of doubles at byte {}", byte);
  std::string text = error.what();
  if (const auto colon = text.find(": "); colon != std::string::npos) text = text.substr(colon + 2);
  const std::string last_read = "; last read: '" + last_token + "'";
  if (const auto last = text.find(last_read); last != std::string::npos) text.erase(last, last_read.size());
  return fmt::format("not valid JSON at byte {}: {}", byte, text);
}

// Builds the value itself: ordered_json would look through all keys of an object for each.
class Builder {
 public:
  OrderedJson root;

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& text) {
    const bool integer = text.find_first_of(".eE") == std::string::npos;  // beyond 64 bits
    return integer ? add(OrderedJson::binary({text.begin(), text.end()})) : add(value);
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(OrderedJson::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(OrderedJson::object()); }
  bool start_array(std::size_t) { return open(OrderedJson::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Level& level = levels_.back();
    auto& object = *level.value->get_ptr<OrderedJson::object_t*>();
    if (has(level, object, name))
      throw RowFault{fmt::format("the key '{}' comes twice in one object", shown_text(name))};
    grow(object);
    object.Entries::emplace_back(std::move(name), nullptr);
    return true;
  }

  bool parse_error(std::size_t byte, const std::string& last_token,
                   const nlohmann::detail::exception& error) {
    throw RowFault{parse_reason(byte, last_token, error)};
  }

 private:
  using Entries = OrderedJson::object_t::Container;
  struct Level {
    OrderedJson* value;
    std::unordered_set<std::string> keys;  // of a large object
  };

  static bool has(Level& level, const OrderedJson::object_t& object, const std::string& name) {
    if (object.size() < kLargeObject) {
      for (const auto& [known, value] : object) {
        if (known == name) return true;
      }
      return false;
    }
    if (level.keys.empty()) {
      for (const auto& [known, value] : object) level.keys.insert(known);
    }
    return !level.keys.insert(name).second;
  }

  // The vector itself would copy the values, since keys can't be moved.
  static void grow(Entries& entries) {
    if (entries.size() < entries.capacity()) return;
    Entries larger;
    larger.reserve(2 * entries.size() + 4);
    for (auto& [name, value] : entries) larger.emplace_back(name, std::move(value));
    entries.swap(larger);
  }

  OrderedJson& place() {
    if (levels_.empty()) return root;
    OrderedJson& parent = *levels_.back().value;
    if (parent.is_object()) return parent.get_ptr<OrderedJson::object_t*>()->back().second;
    return parent.get_ptr<OrderedJson::array_t*>()->emplace_back();
  }

  template <typename Value>
  bool add(Value&& value) {
    place() = std::forward<Value>(value);
    return true;
  }

  bool open(OrderedJson container) {
    if (levels_.size() == kDeepest) throw RowFault{fmt::format("nested more than {} deep", kDeepest)};
    OrderedJson& value = place();
    value = std::move(container);
    levels_.push_back({&value, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  std::vector<Level> levels_;
};

// Stops at the end of the outermost object.
class KeyCollector {
 public:
  std::vector<std::string> keys;

  bool null() { return depth_ > 0; }
  bool boolean(bool) { return depth_ > 0; }
  bool number_integer(std::int64_t) { return depth_ > 0; }
  bool number_unsigned(std::uint64_t) { return depth_ > 0; }
  bool number_float(double, const std::string&) { return depth_ > 0; }
  bool string(std::string&) { return depth_ > 0; }
  bool binary(OrderedJson::binary_t&) { return false; }
  bool start_object(std::size_t) { return ++depth_ > 0; }
  bool start_array(std::size_t) { return depth_++ > 0; }
  bool end_object() { return --depth_ > 0; }
  bool end_array() { return --depth_ > 0; }
  bool key(std::string& name) {
    if (depth_ == 1) keys.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    keys.clear();
    return false;
  }

 private:
  int depth_ = 0;
};

}  // namespace

OrderedJson parse_row_json(std::string_view text) {
  // To nlohmann's reader a NUL is the end of the text, whatever stands behind it.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    throw RowFault{fmt::format("not valid JSON at byte {}: a NUL", nul + 1)};
  Builder builder;
  OrderedJson::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.root);
}

const char* kind_of(const OrderedJson& value) { return value.is_binary() ? "number" : value.type_name(); }

std::vector<std::string> keys_of_row(std::string_view text) {
  KeyCollector collector;
  OrderedJson::sax_parse(text.begin(), text.end(), &collector, nlohmann::detail::input_format_t::json, false);
  return std::move(collector.keys);
}

}  // namespace hone
