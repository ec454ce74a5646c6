#pragma once

#include <cstddef>

namespace hone {

/// Bytes that are read once, from the first to the last.
class ByteSource {
 public:
  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Up to `most` (> 0) bytes; 0 at the end and only there. Throws Error(kData) for a packed stream that is
  /// damaged or cut short, Error(kRunTimeFailure) when the system can't read on.
  virtual std::size_t read(char* bytes, std::size_t most) = 0;
  /// The same, but fewer than `most` only where the end comes before.
  std::size_t read_fully(char* bytes, std::size_t most) {
    std::size_t got = 0;
    for (std::size_t more = 1; more > 0 && got < most; got += more) more = read(bytes + got, most - got);
    return got;
  }
};

}  // namespace hone
