#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <string_view>

#include "base/error.hpp"
#include "preprocess/tokenizer/ruby_expression.hpp"
#include "preprocess/tokenizer/word_rule.hpp"

namespace hone {
namespace {

/// Matches of a regular expression and what lies between them.
class RegexRule final : public WordRule {
 public:
  explicit RegexRule(const std::string& pattern) {
    const std::string rule = pcre2_of_ruby(pattern);
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_compile_context* const lines = pcre2_compile_context_create(nullptr);
    pcre2_set_newline(lines, PCRE2_NEWLINE_LF);
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(rule.data()), rule.size(),
                          PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &offset, lines);
    pcre2_compile_context_free(lines);
    if (code_ == nullptr) {
      PCRE2_UCHAR text[256];
      pcre2_get_error_message(error, text, sizeof text);
      refuse_expression(pattern, fmt::format("{} at {}", reinterpret_cast<const char*>(text), offset));
    }
    std::uint32_t may_be_empty = 0;
    pcre2_pattern_info(code_, PCRE2_INFO_MATCHEMPTY, &may_be_empty);
    if (may_be_empty != 0) {
      pcre2_code_free(code_);
      refuse_expression(pattern, "it may match nothing, where engines go on differently");
    }
    jit_ = pcre2_jit_compile(code_, PCRE2_JIT_COMPLETE) == 0;
    match_ = pcre2_match_data_create_from_pattern(code_, nullptr);
    stack_ = pcre2_jit_stack_create(std::size_t{64} << 10, std::size_t{16} << 20, nullptr);
    context_ = pcre2_match_context_create(nullptr);
    pcre2_jit_stack_assign(context_, nullptr, stack_);
  }
  ~RegexRule() override {
    pcre2_match_context_free(context_);
    pcre2_jit_stack_free(stack_);
    pcre2_match_data_free(match_);
    pcre2_code_free(code_);
  }
  RegexRule(const RegexRule&) = delete;
  RegexRule& operator=(const RegexRule&) = delete;

  void cut(std::string_view text, std::size_t begin, std::size_t end,
           std::vector<std::size_t>& ends) const override {
    const std::string_view piece = text.substr(begin, end - begin);
    std::size_t done = 0, match_begin = 0, match_end = 0;
    while (done < piece.size() && find(piece, done, match_begin, match_end)) {
      if (match_begin > done) ends.push_back(begin + match_begin);
      ends.push_back(begin + match_end);
      done = match_end;
    }
    if (done < piece.size()) ends.push_back(end);
  }

 private:
  // The next match at or after `from`; false when there is none.
  bool find(std::string_view text, std::size_t from, std::size_t& begin, std::size_t& end) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    const int found =
        jit_ ? pcre2_jit_match(code_, subject, text.size(), from, 0, match_, context_)
             : pcre2_match(code_, subject, text.size(), from, PCRE2_NO_UTF_CHECK, match_, context_);
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0)
      fail_run("the splitting rule gave up on a text", fmt::format("PCRE2 error {}", found),
               "report the row");
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(match_);
    begin = ends[0];
    end = ends[1];
    return end > begin;
  }

  pcre2_code* code_;
  bool jit_;
  pcre2_match_data* match_;
  pcre2_jit_stack* stack_;
  pcre2_match_context* context_;
};

}  // namespace

std::unique_ptr<WordRule> make_regex_rule(const std::string& pattern) {
  return std::make_unique<RegexRule>(pattern);
}

}  // namespace hone
