#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "preprocess/jinja/error.hpp"

namespace hone::jinja {

struct Token {
  enum class Kind {
    kData,
    kOutputBegin,
    kOutputEnd,
    kBlockBegin,
    kBlockEnd,
    kName,
    kString,
    kInteger,
    kFloat,
    kSign,
    kEnd
  };
  Kind kind = Kind::kEnd;
  std::string text;  // of a string: what it means, escapes resolved
  Position at;
};

/// Cuts a template into tokens, the last of kind kEnd. White space around tags goes as transformers has Jinja
/// set up: trim_blocks and lstrip_blocks on, one line break at the end of the template dropped.
/// Throws TemplateError(kSyntax).
std::vector<Token> tokens_of(std::string_view source);

}  // namespace hone::jinja
