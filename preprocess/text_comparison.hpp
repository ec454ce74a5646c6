#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "preprocess/jinja/text.hpp"
#include "preprocess/tokenizer/added_tokens.hpp"

namespace hone {

inline constexpr std::size_t kNowhere = std::string::npos;

/// The bytes from the first to the last that come from a message; kNowhere twice where there are none.
TextSpan extent_of(const jinja::Text& text, std::size_t message);
/// Where the text of a message ends in a rendering that ends with that message. Where nothing follows, the
/// text may stand there once more, say below a heading: then where it ended first. kNowhere where there is
/// none.
std::size_t end_of_text(const jinja::Text& alone, std::size_t message);
/// Where a message that nothing follows in `alone` ends in the whole, from `begin` on: of the places where
/// some of its text does, the first that has most of the same before it.
std::optional<std::size_t> end_like(const jinja::Text& alone, const jinja::Text& whole, std::size_t message,
                                    std::size_t begin);
/// Where the last data that ends at or before a place ends; 0 where there is none.
std::size_t last_data_before(const jinja::Text& text, std::size_t place);
/// How many bytes two texts begin with alike.
std::size_t common_bytes(std::string_view a, std::string_view b);
std::string_view after(const jinja::Text& text, std::size_t place);

/// What asks for an answer, compared with what stands between the message before and the answer's own text.
class Header {
 public:
  /// `first` is where the answer's own text begins in `whole`.
  Header(std::string_view asking, const jinja::Text& whole, std::size_t first);

  /// All of it stands there.
  bool is_whole() const { return common_ > 0 && common_ == size_; }
  /// It goes on otherwise where the answer's own text begins, say with an opened block of thinking.
  bool reaches_answer() const { return common_ > 0 && anchor_ + common_ == first_; }
  /// Of what is alike, in the whole.
  std::size_t begin() const { return anchor_; }
  std::size_t end() const { return anchor_ + common_; }

 private:
  std::size_t size_, anchor_, first_, common_;
};

}  // namespace hone
