#pragma once

#include <cstddef>
#include <string_view>

#include "preprocess/jinja/error.hpp"

namespace hone::jinja {

/// Lines and columns of places in a template.
class PositionCounter {
 public:
  /// `source`, UTF-8, must outlive it.
  explicit PositionCounter(std::string_view source) : source_(source) {}

  /// Goes on counting from the place before, where that doesn't lie behind.
  Position of(std::size_t place) {
    if (place < counted_) {
      counted_ = 0;
      position_ = {};
    }
    for (; counted_ < place; ++counted_) {
      const char c = source_[counted_];
      if (c == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
        ++position_.column;
      }
    }
    return position_;
  }

 private:
  std::string_view source_;
  std::size_t counted_ = 0;
  Position position_;
};

}  // namespace hone::jinja
