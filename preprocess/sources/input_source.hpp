#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "preprocess/sources/byte_source.hpp"
#include "preprocess/sources/file_source.hpp"

namespace hone {

/// The text of an input, unpacked where its first bytes say gzip or zstd, without a UTF-8 byte order mark.
class InputSource : public ByteSource {
 public:
  /// `path` may be "-", standard input. Throws Error(kData) for what can't be opened and for other kinds of
  /// files, which are named; Error(kUsage) where standard input is a terminal; what FileSource does at a
  /// later look.
  explicit InputSource(const std::string& path, Look look = Look::kFirst);

  std::size_t read(char* bytes, std::size_t most) override;

  /// Where its text begins among the unpacked bytes: behind a byte order mark.
  std::uint64_t first_byte() const { return first_byte_; }
  /// The first bytes of the text that aren't white space, "" where the first 64 KiB are; read() gives them
  /// again.
  std::string_view beginning() const;

  bool is_packed() const { return unpacked_ != nullptr; }

  /// Of the file as it lies on disk; nothing for standard input.
  std::optional<std::uint64_t> file_size() const { return file_.size(); }
  std::uint64_t file_bytes_read() const { return file_.bytes_read(); }
  /// Of the file, once all was read; call once.
  std::string sha256() { return file_.sha256(); }

 private:
  FileSource file_;
  std::unique_ptr<ByteSource> unpacked_;  // null where the file is not packed
  std::string head_;
  std::size_t given_again_ = 0;  // of the head
  std::uint64_t first_byte_ = 0;
};

}  // namespace hone
