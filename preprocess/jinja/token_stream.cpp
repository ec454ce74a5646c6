#include "preprocess/jinja/parser.hpp"

namespace hone::jinja {

void TokenStream::fail(Position at, const std::string& what) {
  throw TemplateError(TemplateError::Kind::kSyntax, at, what);
}

void TokenStream::expect_sign(std::string_view sign) {
  if (!skip_sign(sign)) fail("'" + std::string(sign) + "' is missing");
}

void TokenStream::expect_name(std::string_view name) {
  if (!skip_name(name)) fail("'" + std::string(name) + "' is missing");
}

void TokenStream::expect(Token::Kind kind, const char* what) {
  if (look().kind == kind) {
    take();
  } else {
    fail(look().text.empty() ? std::string(what) + " is missing"
                             : "'" + look().text + "' stands where " + what + " should be");
  }
}

}  // namespace hone::jinja
