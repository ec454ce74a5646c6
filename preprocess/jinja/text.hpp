#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hone::jinja {

/// A string that knows which of its bytes came from the conversation and not from the template. The bytes are
/// valid UTF-8.
class Text {
 public:
  static constexpr int kOtherData = -1;  // tools, variables: data that belongs to no message

  /// Bytes from one message, or from kOtherData.
  struct Stretch {
    std::size_t begin, end;
    int source;  // index of the message
    bool operator==(const Stretch&) const = default;
  };

  Text() = default;
  /// The template's own text.
  explicit Text(std::string bytes) : bytes_(std::move(bytes)) {}
  static Text from_data(std::string bytes, int source);

  const std::string& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  /// In order, disjoint, neighbours of one source joined.
  const std::vector<Stretch>& data() const { return data_; }

  void append(std::string_view own) { bytes_ += own; }
  void append(const Text& text);
  /// Bytes [begin, end).
  Text slice(std::size_t begin, std::size_t end) const;
  /// `bytes` made from this text by a rule that doesn't tell which byte became which: each byte keeps its
  /// origin where the length is the same, otherwise the whole counts as data if any of this text is.
  Text transformed(std::string bytes) const;

 private:
  void add_stretch(std::size_t begin, std::size_t end, int source);

  std::string bytes_;
  std::vector<Stretch> data_;
};

}  // namespace hone::jinja
