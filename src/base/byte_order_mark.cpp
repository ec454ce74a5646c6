#include "base/byte_order_mark.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace hone {

void require_no_byte_order_mark(const std::filesystem::path& path) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string head(kMark.size(), '\0');
  std::ifstream(path, std::ios::binary).read(head.data(), static_cast<std::streamsize>(head.size()));
  if (head != kMark) return;
  fail_data(fmt::format("{} starts with a byte order mark", path.string()),
            "Python's json, which transformers reads it with, refuses it",
            "save it as UTF-8 without the mark");
}

}  // namespace hone
