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

std::size_t end_of_text(const Text& alone, std::size_t message) {
  const std::size_t end = extent_of(alone, message).end;
  if (end != alone.size()) return end;
  const auto& data = alone.data();
  const auto text = [&](const Text::Stretch& stretch) {
    return std::string_view(alone.bytes()).substr(stretch.begin, stretch.end - stretch.begin);
  };
  return std::find_if(data.begin(), data.end(),
                      [&](const Text::Stretch& stretch) {
                        return stretch.source == data.back().source && text(stretch) == text(data.back());
                      })
      ->end;
}

std::optional<std::size_t> end_like(const Text& alone, const Text& whole, std::size_t message,
                                    std::size_t begin) {
  std::optional<std::size_t> found;
  std::size_t most = 0;
  for (const Text::Stretch& stretch : whole.data()) {
    if (stretch.source != static_cast<int>(message) || stretch.end <= begin) continue;
    const std::string_view text = std::string_view(whole.bytes()).substr(begin, stretch.end - begin);
    const auto parting =
        std::mismatch(text.rbegin(), text.rend(), alone.bytes().rbegin(), alone.bytes().rend());
    const auto alike = static_cast<std::size_t>(parting.first - text.rbegin());
    if (alike <= most) continue;
    found = stretch.end;
    most = alike;
  }
  return found;
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
