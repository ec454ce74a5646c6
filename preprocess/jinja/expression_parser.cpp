#include <algorithm>
#include <iterator>
#include <optional>

#include "preprocess/jinja/calls.hpp"
#include "preprocess/jinja/literals.hpp"
#include "preprocess/jinja/operations.hpp"
#include "preprocess/jinja/parser.hpp"

namespace hone::jinja {
namespace {

constexpr int kDeepest = 100, kMostLinks = 500;

std::optional<Comparison> comparison_of(const Token& token) {
  static constexpr std::pair<std::string_view, Comparison> kSigns[] = {
      {"==", Comparison::kEqual},  {"!=", Comparison::kUnequal},     {"<", Comparison::kLess},
      {">", Comparison::kGreater}, {"<=", Comparison::kLessOrEqual}, {">=", Comparison::kGreaterOrEqual}};
  if (token.kind != Token::Kind::kSign) return std::nullopt;
  for (const auto& [sign, comparison] : kSigns) {
    if (token.text == sign) return comparison;
  }
  return std::nullopt;
}

}  // namespace

void ExpressionParser::link() {
  if (++links_ > kMostLinks) tokens_.fail("too long an expression");
}

ExpressionPtr ExpressionParser::expression(Condition condition) {
  if (depth_ == 0) links_ = 0;
  if (++depth_ > kDeepest) tokens_.fail("too deep an expression");
  ExpressionPtr value = either();
  while (condition == Condition::kAllowed && tokens_.at_name("if")) {
    const Position at = tokens_.take().at;
    link();
    ExpressionPtr test = either();
    ExpressionPtr otherwise = tokens_.skip_name("else") ? expression() : nullptr;
    value = std::make_unique<Conditional>(at, std::move(test), std::move(value), std::move(otherwise));
  }
  --depth_;
  return value;
}

ExpressionPtr ExpressionParser::tuple(Condition condition) {
  const Position at = tokens_.look().at;
  ExpressionPtr first = expression(condition);
  if (!tokens_.at_sign(",")) return first;
  std::vector<ExpressionPtr> items;
  items.push_back(std::move(first));
  while (tokens_.skip_sign(",")) {
    const Token& next = tokens_.look();
    const bool ends =
        next.kind == Token::Kind::kBlockEnd || next.kind == Token::Kind::kOutputEnd || tokens_.at_sign(")");
    if (ends) break;
    items.push_back(expression(condition));
  }
  return std::make_unique<SequenceLiteral>(at, Sequence::Kind::kTuple, std::move(items));
}

Name ExpressionParser::name() {
  if (tokens_.look().kind != Token::Kind::kName) tokens_.fail("a name is missing");
  return &*names_.insert(tokens_.take().text).first;
}

Target ExpressionParser::target(Namespaces namespaces) {
  Target target;
  const bool parentheses = tokens_.skip_sign("(");
  target.names.push_back(name());
  if (namespaces == Namespaces::kAllowed && !parentheses && tokens_.skip_sign(".")) {
    target.in_namespace = name();
    return target;
  }
  while (tokens_.skip_sign(",")) {
    target.several = true;
    if (tokens_.look().kind == Token::Kind::kName && !tokens_.at_name("in")) target.names.push_back(name());
  }
  if (parentheses) tokens_.expect_sign(")");
  return target;
}

ExpressionPtr ExpressionParser::either() {
  ExpressionPtr left = both();
  while (tokens_.at_name("or")) {
    const Position at = tokens_.take().at;
    link();
    left = std::make_unique<Logical>(at, Logical::Kind::kOr, std::move(left), both());
  }
  return left;
}

ExpressionPtr ExpressionParser::both() {
  ExpressionPtr left = inverted();
  while (tokens_.at_name("and")) {
    const Position at = tokens_.take().at;
    link();
    left = std::make_unique<Logical>(at, Logical::Kind::kAnd, std::move(left), inverted());
  }
  return left;
}

ExpressionPtr ExpressionParser::inverted() {
  if (!tokens_.at_name("not")) return comparison();
  const Position at = tokens_.take().at;
  link();
  return std::make_unique<Prefixed>(at, Prefixed::Kind::kNot, inverted());
}

ExpressionPtr ExpressionParser::comparison() {
  const Position at = tokens_.look().at;
  ExpressionPtr first = sum();
  std::vector<std::pair<Comparison, ExpressionPtr>> rest;
  while (true) {
    std::optional<Comparison> sign = comparison_of(tokens_.look());
    if (tokens_.at_name("in")) sign = Comparison::kIn;
    if (tokens_.at_name("not") && tokens_.look(1).kind == Token::Kind::kName &&
        tokens_.look(1).text == "in") {
      tokens_.take();
      sign = Comparison::kNotIn;
    }
    if (!sign) break;
    tokens_.take();
    rest.emplace_back(*sign, sum());
  }
  if (rest.empty()) return first;
  return std::make_unique<ComparisonChain>(at, std::move(first), std::move(rest));
}

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr left = concatenation();
  while (tokens_.at_sign("+") || tokens_.at_sign("-")) {
    const Token sign = tokens_.take();
    link();
    left = std::make_unique<Arithmetic>(sign.at, sign.text == "+" ? Operator::kAdd : Operator::kSubtract,
                                        std::move(left), concatenation());
  }
  return left;
}

ExpressionPtr ExpressionParser::concatenation() {
  const Position at = tokens_.look().at;
  std::vector<ExpressionPtr> parts;
  parts.push_back(product());
  while (tokens_.skip_sign("~")) parts.push_back(product());
  if (parts.size() == 1) return std::move(parts.front());
  return std::make_unique<Concatenation>(at, std::move(parts));
}

ExpressionPtr ExpressionParser::product() {
  static constexpr std::pair<std::string_view, Operator> kSigns[] = {{"*", Operator::kMultiply},
                                                                     {"/", Operator::kDivide},
                                                                     {"//", Operator::kFloorDivide},
                                                                     {"%", Operator::kModulo}};
  ExpressionPtr left = power();
  while (true) {
    const auto* sign = std::find_if(std::begin(kSigns), std::end(kSigns),
                                    [&](const auto& known) { return tokens_.at_sign(known.first); });
    if (sign == std::end(kSigns)) return left;
    const Position at = tokens_.take().at;
    link();
    left = std::make_unique<Arithmetic>(at, sign->second, std::move(left), power());
  }
}

ExpressionPtr ExpressionParser::power() {
  ExpressionPtr left = prefixed(Filters::kAllowed);
  while (tokens_.at_sign("**")) {
    const Position at = tokens_.take().at;
    link();
    left = std::make_unique<Arithmetic>(at, Operator::kPower, std::move(left), prefixed(Filters::kAllowed));
  }
  return left;
}

ExpressionPtr ExpressionParser::prefixed(Filters filters) {
  ExpressionPtr value;
  if (tokens_.at_sign("-") || tokens_.at_sign("+")) {
    const Token sign = tokens_.take();
    link();
    value = std::make_unique<Prefixed>(
        sign.at, sign.text == "-" ? Prefixed::Kind::kMinus : Prefixed::Kind::kPlus, prefixed(Filters::kNone));
  } else {
    value = primary();
  }
  value = with_lookups(std::move(value));
  return filters == Filters::kAllowed ? with_filters(std::move(value)) : std::move(value);
}

}  // namespace hone::jinja
