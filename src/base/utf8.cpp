#include "base/utf8.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {

void require_utf8(std::span<const std::string> words) {
  for (const std::string& word : words) {
    try {
      static_cast<void>(Json(word).dump());
    } catch (const Json::type_error&) {
      fail_usage(fmt::format("'{}' is not UTF-8", word), "",
                 "rename the file or folder, or write the text in UTF-8");
    }
  }
}

std::string harmless_text(std::string_view bytes) {
  const std::string valid = Json::parse(lossy_json(bytes)).get<std::string>();
  std::string text;
  for (std::size_t at = 0; at < valid.size(); ++at) {
    auto code = static_cast<unsigned char>(valid[at]);
    const auto next = static_cast<unsigned char>(at + 1 < valid.size() ? valid[at + 1] : 0);
    const bool of_the_upper_set = code == 0xC2 && next < 0xA0;  // U+0080 to U+009F
    if (of_the_upper_set) {
      code = next;
      ++at;
    }
    if (of_the_upper_set || code == 0x7F || (code < 0x20 && code != '\n' && code != '\t')) {
      text += fmt::format("\\x{:02x}", code);
    } else {
      text += valid[at];
    }
  }
  return text;
}

}  // namespace hone
