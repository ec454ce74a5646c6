#include "preprocess/sources/input_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "preprocess/sources/gzip_source.hpp"
#include "preprocess/sources/zstd_source.hpp"

namespace hone {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHeadBytes = std::size_t{1} << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Kind {
  std::string_view magic;
  const char* name;
  const char* remedy;
};

// What is known and not read.
constexpr Kind kOtherKinds[] = {
    {"PK\x03\x04"sv, "a zip archive", "unpack it first (unzip)"},
    {"BZh"sv, "bzip2-compressed", "unpack it first (bunzip2)"},
    {"\xFD"
     "7zXZ\0"sv,
     "xz-compressed", "unpack it first (unxz)"},
    {"PAR1"sv, "a Parquet file", "write it as jsonl first (datasets: to_json)"},
    {"ARROW1"sv, "an Arrow file", "write it as jsonl first (datasets: to_json)"},
    {"\x89HDF\r\n"sv, "an HDF5 file", "give the rows that it was made from"},
    {"\xFF\xFE"sv, "UTF-16 text", "convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"\xFE\xFF"sv, "UTF-16 text", "convert it first (iconv -f UTF-16 -t UTF-8)"},
};

void refuse_other_kinds(std::string_view head, const std::string& path) {
  for (const Kind& kind : kOtherKinds) {
    if (head.starts_with(kind.magic))
      fail_data(fmt::format("--input {} is {}", path, kind.name), "", kind.remedy);
  }
}

}  // namespace

InputSource::InputSource(const std::string& path, Look look) : file_(path, look) {
  refuse_other_kinds(file_.magic(), path);
  if (file_.magic().starts_with("\x1F\x8B")) unpacked_ = std::make_unique<GzipSource>(file_, path);
  if (file_.magic().starts_with("\x28\xB5\x2F\xFD")) unpacked_ = std::make_unique<ZstdSource>(file_, path);
  ByteSource& text = unpacked_ ? *unpacked_ : file_;
  head_.resize(kHeadBytes);
  head_.resize(text.read_fully(head_.data(), kHeadBytes));
  refuse_other_kinds(head_, path);
  if (head_.starts_with(kByteOrderMark)) first_byte_ = given_again_ = kByteOrderMark.size();
}

std::size_t InputSource::read(char* bytes, std::size_t most) {
  if (given_again_ == head_.size()) return (unpacked_ ? *unpacked_ : file_).read(bytes, most);
  const std::size_t count = std::min(most, head_.size() - given_again_);
  head_.copy(bytes, count, given_again_);
  given_again_ += count;
  return count;
}

std::string_view InputSource::beginning() const {
  const std::string_view text = std::string_view(head_).substr(static_cast<std::size_t>(first_byte_));
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace hone
