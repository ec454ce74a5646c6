#include "preprocess/line_reader.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hone {

bool LineReader::next(LineBlock& block) {
  std::string text = std::exchange(rest_, {});
  while (true) {
    const std::size_t before = text.size();  // of a line that goes on
    text.resize(before + block_bytes_);
    const std::size_t got = source_.read_fully(text.data() + before, block_bytes_);
    text.resize(before + got);
    if (got == 0) break;  // the end: the last line may lack its line break
    const std::size_t last = std::string_view(text).substr(before).rfind('\n');
    if (last == std::string_view::npos) continue;
    rest_ = text.substr(before + last + 1);
    text.resize(before + last + 1);
    break;
  }
  if (text.empty()) return false;
  block.is_array = false;
  block.first_line = line_;
  block.first_byte = byte_;
  block.lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  line_ += block.lines;
  byte_ += text.size();
  block.text = std::move(text);
  return true;
}

}  // namespace hone
