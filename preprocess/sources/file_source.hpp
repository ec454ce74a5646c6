#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.hpp"
#include "preprocess/sources/byte_source.hpp"

namespace hone {

/// When an input is opened: before any work, or when its turn has come.
enum class Look { kFirst, kLater };

/// The bytes of a file, or of standard input for "-", as they are.
class FileSource : public ByteSource {
 public:
  /// Throws Error(kData) for a file that can't be opened and for what is none (folders, pipes by name),
  /// Error(kUsage) where standard input is a terminal. At a later look only a file that is gone is
  /// Error(kData): what else keeps it from being opened may pass and is Error(kRunTimeFailure).
  explicit FileSource(const std::string& path, Look look = Look::kFirst);
  ~FileSource() override;

  std::size_t read(char* bytes, std::size_t most) override;

  /// The first few bytes (up to 8), which read() gives again.
  std::string_view magic() const { return magic_; }
  /// Of the file; nothing for standard input, whose end is not known.
  std::optional<std::uint64_t> size() const { return size_; }
  /// Read so far.
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// Of what was read; call once, at the end.
  std::string sha256() { return hash_.finish(); }

 private:
  std::size_t read_some(char* bytes, std::size_t most);

  std::string path_, magic_;
  int descriptor_;
  std::optional<std::uint64_t> size_;
  std::size_t given_again_ = 0;  // of the magic bytes
  std::uint64_t bytes_read_ = 0;
  Sha256 hash_;
};

}  // namespace hone
