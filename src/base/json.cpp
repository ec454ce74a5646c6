#include "base/json.hpp"

#include <algorithm>
#include <string_view>

#include "base/file_pieces.hpp"

namespace hone {
namespace {

template <typename AnyJson>
AnyJson parse_file(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  try {
    return AnyJson::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const auto end =
        text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(error.byte, text.size()));
    const auto line = 1 + std::count(text.begin(), end, '\n');
    fail_data(fmt::format("{}:{}: not valid JSON", path.string(), line), error.what(), "repair the file");
  }
}

}  // namespace

std::string read_text_file(const std::filesystem::path& path) {
  std::string text;
  read_in_pieces(path, [&](std::string_view piece) { text += piece; });
  return text;
}

Json read_json_file(const std::filesystem::path& path) { return parse_file<Json>(path); }

OrderedJson read_ordered_json_file(const std::filesystem::path& path) {
  return parse_file<OrderedJson>(path);
}

std::string lossy_json(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace hone
