#include <charconv>

#include "preprocess/jinja/calls.hpp"
#include "preprocess/jinja/literals.hpp"
#include "preprocess/jinja/operations.hpp"
#include "preprocess/jinja/parser.hpp"

namespace hone::jinja {
namespace {

template <typename Number>
Value number_of(const Token& token) {
  Number number{};
  const char* end = token.text.data() + token.text.size();
  if (std::from_chars(token.text.data(), end, number).ec != std::errc())
    TokenStream::fail(token.at, "a number beyond 64 bits is not supported");
  return number;
}

bool is_keyword(const std::string& name) {
  for (const char* keyword : {"and", "or", "not", "if", "else", "elif", "in", "is"}) {
    if (name == keyword) return true;
  }
  return false;
}

}  // namespace

ExpressionPtr ExpressionParser::primary() {
  const Token token = tokens_.take();
  const auto constant = [&](Value value) { return std::make_unique<Constant>(token.at, std::move(value)); };
  switch (token.kind) {
    case Token::Kind::kName:
      if (token.text == "true" || token.text == "True") return constant(true);
      if (token.text == "false" || token.text == "False") return constant(false);
      if (token.text == "none" || token.text == "None") return constant(None{});
      if (is_keyword(token.text)) TokenStream::fail(token.at, "'" + token.text + "' can't stand here");
      if (token.text == "varargs" || token.text == "kwargs" || token.text == "caller" ||
          token.text == "self" || token.text == "super")
        TokenStream::fail(token.at, "'" + token.text + "' is not supported");
      return std::make_unique<NameValue>(token.at, &*names_.insert(token.text).first);
    case Token::Kind::kString: {
      std::string text = token.text;
      while (tokens_.look().kind == Token::Kind::kString) text += tokens_.take().text;
      return constant(Value::text(std::move(text)));
    }
    case Token::Kind::kInteger: return constant(number_of<std::int64_t>(token));
    case Token::Kind::kFloat: return constant(number_of<double>(token));
    case Token::Kind::kSign:
      if (token.text == "(") return parenthesised(token.at);
      if (token.text == "[") return list(token.at);
      if (token.text == "{") return dict(token.at);
      [[fallthrough]];
    default:
      TokenStream::fail(token.at, token.text.empty() ? "an expression is missing"
                                                     : "'" + token.text + "' is not understood here");
  }
}

ExpressionPtr ExpressionParser::parenthesised(Position at) {
  if (tokens_.skip_sign(")"))
    return std::make_unique<SequenceLiteral>(at, Sequence::Kind::kTuple, std::vector<ExpressionPtr>());
  ExpressionPtr value = tuple();
  tokens_.expect_sign(")");
  return value;
}

ExpressionPtr ExpressionParser::list(Position at) {
  std::vector<ExpressionPtr> items;
  while (!tokens_.skip_sign("]")) {
    if (!items.empty()) {
      tokens_.expect_sign(",");
      if (tokens_.skip_sign("]")) break;
    }
    items.push_back(expression());
  }
  return std::make_unique<SequenceLiteral>(at, Sequence::Kind::kList, std::move(items));
}

ExpressionPtr ExpressionParser::dict(Position at) {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items;
  while (!tokens_.skip_sign("}")) {
    if (!items.empty()) {
      tokens_.expect_sign(",");
      if (tokens_.skip_sign("}")) break;
    }
    ExpressionPtr key = expression();
    tokens_.expect_sign(":");
    items.emplace_back(std::move(key), expression());
  }
  return std::make_unique<DictLiteral>(at, std::move(items));
}

ExpressionPtr ExpressionParser::with_lookups(ExpressionPtr value) {
  while (true) {
    const Position at = tokens_.look().at;
    if (tokens_.skip_sign(".")) {
      if (tokens_.look().kind == Token::Kind::kInteger) {
        const Token index = tokens_.take();
        value = std::make_unique<ItemLookup>(at, std::move(value),
                                             std::make_unique<Constant>(at, number_of<std::int64_t>(index)));
      } else {
        value = std::make_unique<AttributeLookup>(at, std::move(value), name());
      }
    } else if (tokens_.skip_sign("[")) {
      value = subscript(at, std::move(value));
    } else if (tokens_.at_sign("(")) {
      value = std::make_unique<Call>(at, std::move(value), arguments());
    } else {
      return value;
    }
    link();
  }
}

ExpressionPtr ExpressionParser::subscript(Position at, ExpressionPtr object) {
  const auto part = [&]() -> ExpressionPtr {
    return tokens_.at_sign(":") || tokens_.at_sign("]") ? nullptr : expression();
  };
  ExpressionPtr begin = part();
  if (begin != nullptr && tokens_.skip_sign("]"))
    return std::make_unique<ItemLookup>(at, std::move(object), std::move(begin));
  tokens_.expect_sign(":");
  ExpressionPtr end = part();
  ExpressionPtr step = tokens_.skip_sign(":") ? part() : nullptr;
  tokens_.expect_sign("]");
  return std::make_unique<SliceLookup>(at, std::move(object), std::move(begin), std::move(end),
                                       std::move(step));
}

ExpressionPtr ExpressionParser::with_filters(ExpressionPtr value) {
  while (true) {
    const Position at = tokens_.look().at;
    if (tokens_.skip_sign("|")) {
      value = filtered(std::move(value));
    } else if (tokens_.skip_name("is")) {
      value = tested(std::move(value));
    } else if (tokens_.at_sign("(")) {
      value = std::make_unique<Call>(at, std::move(value), arguments());
    } else {
      return value;
    }
    link();
  }
}

ExpressionPtr ExpressionParser::filtered(ExpressionPtr value) {
  const Token token = tokens_.look();
  const Name filter_name = name();
  const Filter filter = find_filter(*filter_name);
  if (filter == nullptr) TokenStream::fail(token.at, "the filter '" + *filter_name + "' is not supported");
  return std::make_unique<Filtered>(token.at, filter, std::move(value),
                                    tokens_.at_sign("(") ? arguments() : CallArguments());
}

bool ExpressionParser::at_test_argument() const {
  const Token& next = tokens_.look();
  switch (next.kind) {
    case Token::Kind::kName: return next.text != "else" && next.text != "or" && next.text != "and";
    case Token::Kind::kString:
    case Token::Kind::kInteger:
    case Token::Kind::kFloat: return true;
    case Token::Kind::kSign: return next.text == "[" || next.text == "{";
    default: return false;
  }
}

ExpressionPtr ExpressionParser::tested(ExpressionPtr value) {
  const bool negated = tokens_.skip_name("not");
  const Token token = tokens_.look();
  const Name test_name = name();
  const ValueTest test = find_test(*test_name);
  if (test == nullptr) TokenStream::fail(token.at, "the test '" + *test_name + "' is not supported");
  CallArguments call;
  if (tokens_.at_sign("(")) {
    call = arguments();
  } else if (at_test_argument()) {
    call.positional.push_back(with_lookups(primary()));
  }
  ExpressionPtr result = std::make_unique<Tested>(token.at, test, std::move(value), std::move(call));
  if (negated) result = std::make_unique<Prefixed>(token.at, Prefixed::Kind::kNot, std::move(result));
  return result;
}

CallArguments ExpressionParser::arguments() {
  tokens_.expect_sign("(");
  CallArguments arguments;
  bool first = true;
  while (!tokens_.skip_sign(")")) {
    if (!first) {
      tokens_.expect_sign(",");
      if (tokens_.skip_sign(")")) break;
    }
    first = false;
    if (tokens_.at_sign("*") || tokens_.at_sign("**"))
      tokens_.fail("'" + tokens_.look().text + "' in a call is not supported");
    const Token& after = tokens_.look(1);
    if (tokens_.look().kind == Token::Kind::kName && after.kind == Token::Kind::kSign && after.text == "=") {
      const std::string parameter = tokens_.take().text;
      tokens_.take();
      arguments.named.emplace_back(parameter, expression());
    } else {
      if (!arguments.named.empty()) tokens_.fail("an argument without a name stands after one with a name");
      arguments.positional.push_back(expression());
    }
  }
  return arguments;
}

}  // namespace hone::jinja
