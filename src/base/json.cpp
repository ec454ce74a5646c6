#include "base/json.hpp"

#include <algorithm>
#include <string_view>

#include "base/file_pieces.hpp"

namespace hone {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view text, std::size_t byte,
                         const char* why) {
  const std::string_view before = text.substr(0, byte);
  fail_data(
      fmt::format("{}:{}: not valid JSON", path.string(), 1 + std::count(before.begin(), before.end(), '\n')),
      why, "repair the file");
}

template <typename AnyJson>
AnyJson parse_file(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  // To the parser a NUL is the end of the text, whatever stands behind it.
  if (const auto nul = text.find('\0'); nul != std::string::npos) refuse(path, text, nul, "it holds a NUL");
  try {
    return AnyJson::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    refuse(path, text, error.byte, error.what());
  } catch (const nlohmann::json::out_of_range& error) {  // such as 1e400; it doesn't say where
    fail_data(fmt::format("{}: not valid JSON", path.string()), error.what(), "repair the file");
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
