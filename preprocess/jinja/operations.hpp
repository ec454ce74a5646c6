#pragma once

#include "preprocess/jinja/expression.hpp"
#include "preprocess/jinja/operators.hpp"

namespace hone::jinja {

class Arithmetic : public Expression {
 public:
  Arithmetic(Position at, Operator op, ExpressionPtr left, ExpressionPtr right)
      : Expression(at), op_(op), left_(std::move(left)), right_(std::move(right)) {}
  Value evaluate(Run& run) const override;

 private:
  const Operator op_;
  const ExpressionPtr left_, right_;
};

/// `a ~ b`: both as text.
class Concatenation : public Expression {
 public:
  Concatenation(Position at, std::vector<ExpressionPtr> parts) : Expression(at), parts_(std::move(parts)) {}
  Value evaluate(Run& run) const override;

 private:
  const std::vector<ExpressionPtr> parts_;
};

/// `a < b <= c`, as in Python.
class ComparisonChain : public Expression {
 public:
  ComparisonChain(Position at, ExpressionPtr first, std::vector<std::pair<Comparison, ExpressionPtr>> rest)
      : Expression(at), first_(std::move(first)), rest_(std::move(rest)) {}
  Value evaluate(Run& run) const override;

 private:
  const ExpressionPtr first_;
  const std::vector<std::pair<Comparison, ExpressionPtr>> rest_;
};

/// `a and b`, `a or b`: the operand that decides.
class Logical : public Expression {
 public:
  enum class Kind { kAnd, kOr };
  Logical(Position at, Kind kind, ExpressionPtr left, ExpressionPtr right)
      : Expression(at), kind_(kind), left_(std::move(left)), right_(std::move(right)) {}
  Value evaluate(Run& run) const override;

 private:
  const Kind kind_;
  const ExpressionPtr left_, right_;
};

class Prefixed : public Expression {
 public:
  enum class Kind { kNot, kMinus, kPlus };
  Prefixed(Position at, Kind kind, ExpressionPtr operand)
      : Expression(at), kind_(kind), operand_(std::move(operand)) {}
  Value evaluate(Run& run) const override;

 private:
  const Kind kind_;
  const ExpressionPtr operand_;
};

/// `a if condition else b`; undefined where there is no else.
class Conditional : public Expression {
 public:
  Conditional(Position at, ExpressionPtr condition, ExpressionPtr then, ExpressionPtr otherwise)
      : Expression(at),
        condition_(std::move(condition)),
        then_(std::move(then)),
        else_(std::move(otherwise)) {}
  Value evaluate(Run& run) const override;

 private:
  const ExpressionPtr condition_, then_, else_;
};

}  // namespace hone::jinja
