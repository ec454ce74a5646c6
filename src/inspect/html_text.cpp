#include "inspect/html_text.hpp"

#include "base/utf8.hpp"

namespace hone {

std::string html_text(std::string_view bytes) {
  std::string escaped;
  for (const char c : harmless_text(bytes)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string marked_html(std::span<const Stretch> stretches) {
  std::string html;
  for (const Stretch& stretch : stretches) {
    const std::string text = html_text(stretch.bytes);
    html += stretch.target ? "<mark>" + text + "</mark>" : text;
  }
  return html;
}

}  // namespace hone
