#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "preprocess/sources/byte_source.hpp"

namespace hone {

/// A text as a source, of which at most `piece` bytes come at once.
class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text, std::size_t piece = 4096) : text_(std::move(text)), piece_(piece) {}

  std::size_t read(char* bytes, std::size_t most) override {
    const std::size_t count = std::min({most, piece_, text_.size() - given_});
    text_.copy(bytes, count, given_);
    given_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t piece_, given_ = 0;
};

}  // namespace hone
