#include "preprocess/jinja/text.hpp"

#include <algorithm>

namespace hone::jinja {

Text Text::from_data(std::string bytes, int source) {
  Text text(std::move(bytes));
  text.add_stretch(0, text.size(), source);
  return text;
}

void Text::add_stretch(std::size_t begin, std::size_t end, int source) {
  if (begin == end) return;
  if (!data_.empty() && data_.back().end == begin && data_.back().source == source) {
    data_.back().end = end;
  } else {
    data_.push_back({begin, end, source});
  }
}

void Text::append(const Text& text) {
  const std::size_t offset = size(), count = text.data_.size();
  bytes_ += text.bytes_;
  for (std::size_t i = 0; i < count; ++i) {  // `text` may be this text
    const Stretch stretch = text.data_[i];
    add_stretch(offset + stretch.begin, offset + stretch.end, stretch.source);
  }
}

Text Text::slice(std::size_t begin, std::size_t end) const {
  Text part(bytes_.substr(begin, end - begin));
  auto stretch = std::lower_bound(data_.begin(), data_.end(), begin,
                                  [](const Stretch& s, std::size_t at) { return s.end <= at; });
  for (; stretch != data_.end() && stretch->begin < end; ++stretch) {
    part.add_stretch(std::max(stretch->begin, begin) - begin, std::min(stretch->end, end) - begin,
                     stretch->source);
  }
  return part;
}

Text Text::transformed(std::string bytes) const {
  Text result(std::move(bytes));
  if (result.size() == size()) {
    result.data_ = data_;
  } else if (!data_.empty()) {
    result.add_stretch(0, result.size(), data_.front().source);
  }
  return result;
}

}  // namespace hone::jinja
