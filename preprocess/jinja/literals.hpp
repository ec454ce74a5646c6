#pragma once

#include "preprocess/jinja/expression.hpp"

namespace hone::jinja {

class Constant : public Expression {
 public:
  Constant(Position at, Value value) : Expression(at), value_(std::move(value)) {}
  Value evaluate(Run&) const override { return value_; }

 private:
  const Value value_;
};

class NameValue : public Expression {
 public:
  NameValue(Position at, Name name) : Expression(at), name_(name) {}
  Value evaluate(Run& run) const override;

 private:
  const Name name_;
};

/// `[a, b]` and `(a, b)`.
class SequenceLiteral : public Expression {
 public:
  SequenceLiteral(Position at, Sequence::Kind kind, std::vector<ExpressionPtr> items)
      : Expression(at), kind_(kind), items_(std::move(items)) {}
  Value evaluate(Run& run) const override;

 private:
  const Sequence::Kind kind_;
  const std::vector<ExpressionPtr> items_;
};

class DictLiteral : public Expression {
 public:
  DictLiteral(Position at, std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items)
      : Expression(at), items_(std::move(items)) {}
  Value evaluate(Run& run) const override;

 private:
  const std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items_;
};

}  // namespace hone::jinja
