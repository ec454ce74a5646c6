#pragma once

#include <string>

namespace hone {

/// A regular expression as Hugging Face's tokenizers read it, by Oniguruma with Ruby's syntax, in the words
/// of PCRE2 with PCRE2_MULTILINE, PCRE2_UCP and PCRE2_NEWLINE_LF. Throws Error(kData) naming the first piece
/// that the two read in different ways.
std::string pcre2_of_ruby(const std::string& pattern);

[[noreturn]] void refuse_expression(const std::string& pattern, const std::string& why);

}  // namespace hone
