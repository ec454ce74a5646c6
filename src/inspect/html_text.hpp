#pragma once

#include <span>
#include <string>
#include <string_view>

#include "preprocess/marked_text.hpp"

namespace hone {

/// Any bytes as text of an HTML document, between tags or in a quoted attribute: harmless text, in which no
/// character is markup.
std::string html_text(std::string_view bytes);

/// A row, its targets as <mark> elements.
std::string marked_html(std::span<const Stretch> stretches);

}  // namespace hone
