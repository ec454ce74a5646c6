#include "preprocess/text_comparison.hpp"

#include <algorithm>

namespace hone {

using jinja::Text;

TextSpan extent_of(const Text& text, std::size_t message) {
  TextSpan extent{kNowhere, kNowhere};
  for (const Text::Stretch& stretch : text.data()) {
    if (stretch.source != static_cast<int>(message)) continue;
    if (extent.begin == kNowhere) extent.begin = stretch.begin;
    extent.end = stretch.end;
  }
  return extent;
}

std::size_t last_data_before(const Text& text, std::size_t place) {
  std::size_t end = 0;
  for (const Text::Stretch& stretch : text.data()) {
    if (stretch.end <= place) end = stretch.end;
  }
  return end;
}

std::size_t common_bytes(std::string_view a, std::string_view b) {
  const auto most = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + most, b.begin()).first - a.begin());
}

std::string_view after(const Text& text, std::size_t place) {
  return std::string_view(text.bytes()).substr(place);
}

Header::Header(std::string_view asking, const Text& whole, std::size_t first)
    : size_(asking.size()), anchor_(last_data_before(whole, first)), first_(first) {
  common_ = common_bytes(asking, std::string_view(whole.bytes()).substr(anchor_, first - anchor_));
}

}  // namespace hone
