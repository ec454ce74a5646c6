#include "preprocess/jinja/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/position_counter.hpp"
#include "preprocess/jinja/string_literal.hpp"

namespace hone::jinja {
namespace {

constexpr std::string_view kSpace = " \t\n\r\f\v";
constexpr std::string_view kDigits = "0123456789";

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string quoted(std::string_view text) { return fmt::format("'{}'", text); }

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    if (const auto stray = first_stray_byte(source_)) fail(*stray, "a byte that is not UTF-8");
    while (at_ < source_.size()) next_tag();
    add(Token::Kind::kEnd, "", at_);
    return std::move(tokens_);
  }

 private:
  // Text up to the next tag, then the tag.
  void next_tag() {
    std::size_t tag = at_;
    while ((tag = source_.find('{', tag)) != std::string::npos && tag + 1 < source_.size() &&
           std::string_view("%{#").find(source_[tag + 1]) == std::string_view::npos)
      ++tag;
    if (tag == std::string::npos || tag + 1 >= source_.size()) {
      add_data(source_.size());
      at_ = source_.size();
      return;
    }
    add_data(end_of_data(tag));
    const char kind = source_[tag + 1];
    begin_ = tag;
    at_ = tag + 2;
    if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) ++at_;
    if (kind == '#') {
      skip_comment();
    } else if (kind == '%' && begins_raw()) {
      raw();
    } else {
      add(kind == '%' ? Token::Kind::kBlockBegin : Token::Kind::kOutputBegin, "", tag);
      inside(kind);
    }
  }

  // Where the text before a tag ends: `-` strips all white space, and without a sign a block or comment that
  // stands alone at the beginning of its line loses what indents it.
  std::size_t end_of_data(std::size_t tag) const {
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : ' ';
    const std::string_view text = std::string_view(source_).substr(at_, tag - at_);
    if (sign == '-') return at_ + stripped(text, Strip::kRight, nullptr).end;
    if (sign == '+' || source_[tag + 1] == '{') return tag;
    const std::size_t line_break = text.rfind('\n'),
                      line = line_break == std::string::npos ? 0 : line_break + 1;
    if (line == 0 && !line_starts_) return tag;
    const std::string_view indentation = text.substr(line);
    return stripped(indentation, Strip::kBoth, nullptr).begin == indentation.size() ? at_ + line : tag;
  }

  // Moves past the end of a tag, which may have a sign. `-` takes the white space after it away; one line
  // break goes after a block or comment anyhow, unless the sign is `+`.
  void end_tag(std::string_view closing) {
    at_ += closing.size();
    if (closing[0] == '-') {
      at_ += stripped(std::string_view(source_).substr(at_), Strip::kLeft, nullptr).begin;
    } else if (closing[0] != '+' && closing[0] != '}' && at_ < source_.size() && source_[at_] == '\n') {
      ++at_;
    }
    line_starts_ = source_[at_ - 1] == '\n';
  }

  void skip_comment() {
    const std::size_t close = source_.find("#}", at_);
    if (close == std::string::npos) fail(begin_, "a comment has no end");
    const char sign = close > at_ ? source_[close - 1] : ' ';
    at_ = sign == '-' || sign == '+' ? close - 1 : close;
    end_tag(sign == '-' ? "-#}" : sign == '+' ? "+#}" : "#}");
  }

  std::size_t after_space(std::size_t from) const {
    return std::min(source_.find_first_not_of(kSpace, from), source_.size());
  }
  bool stands_at(std::size_t place, std::string_view text) const {
    return std::string_view(source_).substr(place).starts_with(text);
  }

  bool begins_raw() {
    std::size_t place = after_space(at_);
    if (!stands_at(place, "raw")) return false;
    place = after_space(place + 3);
    if (stands_at(place, "-%}")) {
      at_ = place;
      end_tag("-%}");
      return true;
    }
    if (!stands_at(place, "%}")) return false;
    at_ = place + 2;  // a line break after it stays
    line_starts_ = false;
    return true;
  }

  void raw() {
    for (std::size_t tag = at_; (tag = source_.find("{%", tag)) != std::string::npos; ++tag) {
      std::size_t place = tag + 2;
      if (place < source_.size() && (source_[place] == '-' || source_[place] == '+')) ++place;
      place = after_space(place);
      if (!stands_at(place, "endraw")) continue;
      place = after_space(place + 6);
      for (const std::string_view closing : {"-%}", "+%}", "%}"}) {
        if (!stands_at(place, closing)) continue;
        add_data(end_of_data(tag));
        at_ = place;
        return end_tag(closing);
      }
    }
    fail(begin_, "a raw block has no end");
  }

  // The tokens of a block or output tag, up to its end. Ends inside brackets don't count.
  void inside(char kind) {
    const std::string_view closing = kind == '%' ? "%}" : "}}";
    while (true) {
      at_ = after_space(at_);
      if (at_ == source_.size()) fail(begin_, "a tag has no end");
      if (brackets_.empty()) {
        std::string signed_closing(1, source_[at_]);
        signed_closing += closing;
        const bool sign =
            (source_[at_] == '-' || (source_[at_] == '+' && kind == '%')) && stands_at(at_, signed_closing);
        if (sign || stands_at(at_, closing)) {
          add(kind == '%' ? Token::Kind::kBlockEnd : Token::Kind::kOutputEnd, "", at_);
          return end_tag(sign ? std::string_view(signed_closing) : closing);
        }
      }
      token();
    }
  }

  void token() {
    const std::size_t begin = at_;
    const char c = source_[at_];
    if (begins_name(c)) {
      while (at_ < source_.size() && (begins_name(source_[at_]) || is_digit(source_[at_]))) ++at_;
      return add(Token::Kind::kName, source_.substr(begin, at_ - begin), begin);
    }
    if (is_digit(c)) return number();
    if (c == '\'' || c == '"') return string();
    static constexpr std::string_view kSigns[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                  "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                  ">",  "<",  "=",  ".",  ":",  "|",  ","};
    for (const std::string_view sign : kSigns) {
      if (!stands_at(at_, sign)) continue;
      balance(sign);
      at_ += sign.size();
      return add(Token::Kind::kSign, std::string(sign), begin);
    }
    fail(at_, quoted(std::string_view(source_).substr(at_, character_bytes(c))) + " is not understood here");
  }

  void balance(std::string_view sign) {
    static constexpr std::string_view kOpening = "([{", kClosing = ")]}";
    if (kOpening.find(sign) != std::string_view::npos) brackets_ += kClosing[kOpening.find(sign)];
    if (sign.size() != 1 || kClosing.find(sign) == std::string_view::npos) return;
    if (brackets_.empty() || brackets_.back() != sign[0]) fail(at_, quoted(sign) + " closes nothing");
    brackets_.pop_back();
  }

  void number() {
    const std::size_t begin = at_;
    const auto digits = [&](std::size_t from) {
      return std::min(source_.find_first_not_of(kDigits, from), source_.size());
    };
    at_ = digits(at_);
    bool whole = true;
    if (at_ + 1 < source_.size() && source_[at_] == '.' && is_digit(source_[at_ + 1])) {
      at_ = digits(at_ + 1);
      whole = false;
    }
    if (at_ < source_.size() && (source_[at_] == 'e' || source_[at_] == 'E')) {
      std::size_t power = at_ + 1;
      if (power < source_.size() && (source_[power] == '+' || source_[power] == '-')) ++power;
      if (power < source_.size() && is_digit(source_[power])) {
        at_ = digits(power);
        whole = false;
      }
    }
    if (at_ < source_.size() && begins_name(source_[at_])) fail(begin, "such a number is not supported");
    const std::string text = source_.substr(begin, at_ - begin);
    if (whole && text.size() > 1 && text[0] == '0' && text.find_first_not_of('0') != std::string::npos)
      fail(begin, "a number can't begin with 0");
    add(whole ? Token::Kind::kInteger : Token::Kind::kFloat, text, begin);
  }

  void string() {
    const std::size_t begin = at_;
    const char quote = source_[at_++];
    while (at_ < source_.size() && source_[at_] != quote) at_ += source_[at_] == '\\' ? 2 : 1;
    if (at_ >= source_.size()) fail(begin, "a string has no end");
    const auto text = unescaped(std::string_view(source_).substr(begin + 1, at_ - begin - 1));
    if (!text) fail(begin, "a string has an escape that is not supported");
    ++at_;
    add(Token::Kind::kString, *text, begin);
  }

  void add_data(std::size_t end) {
    if (at_ < end) add(Token::Kind::kData, source_.substr(at_, end - at_), at_);
  }
  void add(Token::Kind kind, std::string text, std::size_t place) {
    tokens_.push_back({kind, std::move(text), positions_.of(place)});
  }
  [[noreturn]] void fail(std::size_t place, const std::string& what) {
    throw TemplateError(TemplateError::Kind::kSyntax, positions_.of(place), what);
  }

  const std::string source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0, begin_ = 0;
  bool line_starts_ = true;
  std::string brackets_;  // the closing ones that are awaited
  PositionCounter positions_{source_};
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) {
  std::string text = replaced(replaced(source, "\r\n", "\n"), "\r", "\n");
  if (text.ends_with('\n')) text.pop_back();
  return Lexer(std::move(text)).run();
}

}  // namespace hone::jinja
