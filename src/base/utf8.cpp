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

}  // namespace hone
