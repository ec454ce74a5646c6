#include "preprocess/line_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr const char* kByteOrderMark = "\xEF\xBB\xBF";

// Opening a pipe could wait for ever, and what comes out of one can't be looked at before the work.
const std::filesystem::path& require_file(const std::filesystem::path& path) {
  std::error_code ignored;  // what can't be looked at can't be opened either, and that says why
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail_data(fmt::format("--input {} is not a regular file", path.string()),
              "inputs are looked at before they are read", "name files; write a pipe's lines to one first");
  }
  return path;
}

}  // namespace

LineReader::LineReader(const std::filesystem::path& path, std::uint32_t file)
    : path_(require_file(path)), stream_(path, std::ios::binary), file_(file) {
  if (!stream_)
    fail_data(fmt::format("can't read --input {}", path.string()), std::strerror(errno), "check the path");
  size_ = std::filesystem::file_size(path);
  char head[3] = {};
  stream_.read(head, sizeof head);
  const auto got = static_cast<std::size_t>(stream_.gcount());
  stream_.clear();
  hash_.update(head, got);
  if (got >= 2 && std::memcmp(head, "\x1F\x8B", 2) == 0) {
    fail_data(fmt::format("--input {} is gzip-compressed", path.string()), "", "unpack it first (gunzip)");
  }
  if (got == 3 && std::memcmp(head, kByteOrderMark, 3) == 0) {
    byte_ = 3;
  } else {
    rest_.assign(head, got);
  }
}

void LineReader::require_lines(std::string_view text) const {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text[start] == '[') {
    fail_data(fmt::format("--input {} is a JSON array", path_.string()),
              "one conversation a line is expected", "convert it: jq -c '.[]' FILE.json > FILE.jsonl");
  }
}

bool LineReader::next(LineBlock& block) {
  std::string text = std::move(rest_);
  rest_.clear();
  std::size_t searched = 0;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + kBlockBytes);
    stream_.read(text.data() + before, kBlockBytes);
    const auto got = static_cast<std::size_t>(stream_.gcount());
    if (stream_.bad())
      fail_run(fmt::format("reading {} failed", path_.string()), std::strerror(errno), "check the disk");
    hash_.update(text.data() + before, got);
    text.resize(before + got);
    if (got == 0) break;  // the end: the last line may lack its line break
    const std::size_t end = text.rfind('\n');
    if (end != std::string::npos && end >= searched) {
      rest_ = text.substr(end + 1);
      text.resize(end + 1);
      break;
    }
    searched = text.size();  // one line longer than the block: read on
  }
  if (text.empty()) return false;
  if (line_ == 1) require_lines(text);
  block.file = file_;
  block.first_line = line_;
  block.first_byte = byte_;
  line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  byte_ += text.size();
  block.text = std::move(text);
  return true;
}

}  // namespace hone
