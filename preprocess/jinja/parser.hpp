#pragma once

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "preprocess/jinja/lexer.hpp"
#include "preprocess/jinja/statements.hpp"

namespace hone::jinja {

/// What a template's names are kept in: one string for each, at a fixed address.
using Names = std::set<std::string, std::less<>>;

/// The tokens of a template and where reading has come to.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& look(std::size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  Token take() {
    Token token = look();
    if (next_ + 1 < tokens_.size()) ++next_;
    return token;
  }
  bool at_sign(std::string_view sign) const { return is(Token::Kind::kSign, sign); }
  bool at_name(std::string_view name) const { return is(Token::Kind::kName, name); }
  bool skip_sign(std::string_view sign) { return at_sign(sign) && (take(), true); }
  bool skip_name(std::string_view name) { return at_name(name) && (take(), true); }
  void expect_sign(std::string_view sign);
  void expect_name(std::string_view name);
  void expect(Token::Kind kind, const char* what);
  /// Throws TemplateError(kSyntax) at the next token, or at `at`.
  [[noreturn]] void fail(const std::string& what) const { fail(look().at, what); }
  [[noreturn]] static void fail(Position at, const std::string& what);

 private:
  bool is(Token::Kind kind, std::string_view text) const {
    return look().kind == kind && look().text == text;
  }
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
};

/// Expressions, with Jinja's precedence: if-else, or, and, not, comparison, + -, ~, * / // %, **, sign,
/// filters and tests, calls and lookups.
class ExpressionParser {
 public:
  ExpressionParser(TokenStream& tokens, Names& names) : tokens_(tokens), names_(names) {}

  enum class Condition { kAllowed, kNone };  // whether `a if b else c` is read as one
  ExpressionPtr expression(Condition condition = Condition::kAllowed);
  /// One expression, or several with commas as a tuple.
  ExpressionPtr tuple(Condition condition = Condition::kAllowed);
  /// Names with commas, in parentheses or not; `x.y` where a namespace may be set.
  enum class Namespaces { kAllowed, kNone };
  Target target(Namespaces namespaces);
  Name name();

 private:
  ExpressionPtr either();
  ExpressionPtr both();
  ExpressionPtr inverted();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  enum class Filters { kAllowed, kNone };
  ExpressionPtr prefixed(Filters filters);
  ExpressionPtr primary();
  ExpressionPtr parenthesised(Position at);
  ExpressionPtr list(Position at);
  ExpressionPtr dict(Position at);
  ExpressionPtr with_lookups(ExpressionPtr value);
  ExpressionPtr subscript(Position at, ExpressionPtr object);
  ExpressionPtr with_filters(ExpressionPtr value);
  ExpressionPtr filtered(ExpressionPtr value);
  ExpressionPtr tested(ExpressionPtr value);
  CallArguments arguments();
  bool at_test_argument() const;

  // Evaluation nests as deep as an expression is chained, so chains are bounded too.
  void link();

  TokenStream& tokens_;
  Names& names_;
  int depth_ = 0, links_ = 0;
};

class StatementParser {
 public:
  StatementParser(TokenStream& tokens, Names& names)
      : tokens_(tokens), names_(names), expressions_(tokens, names) {}

  /// The whole template.
  Body whole();
  bool has_generation() const { return has_generation_; }

 private:
  /// Up to a block that begins with one of `ends`, whose name is taken.
  Body body(std::initializer_list<std::string_view> ends);
  StatementPtr block();
  StatementPtr if_block(Position at);
  StatementPtr for_block(Position at);
  StatementPtr set_block(Position at);
  StatementPtr macro_block(Position at);
  StatementPtr generation_block(Position at);
  void end_of_block() { tokens_.expect(Token::Kind::kBlockEnd, "the end of the block"); }
  [[noreturn]] void refuse(const Token& name) const;

  TokenStream& tokens_;
  Names& names_;
  ExpressionParser expressions_;
  int depth_ = 0, loops_ = 0;
  bool has_generation_ = false, in_generation_ = false;
};

}  // namespace hone::jinja
