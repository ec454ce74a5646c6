#pragma once

#include <optional>

#include "preprocess/jinja/expression.hpp"
#include "preprocess/jinja/filters.hpp"
#include "preprocess/jinja/value_tests.hpp"

namespace hone::jinja {

/// `a.name`
class AttributeLookup : public Expression {
 public:
  AttributeLookup(Position at, ExpressionPtr object, Name name)
      : Expression(at), object_(std::move(object)), name_(name) {}
  Value evaluate(Run& run) const override;

 private:
  const ExpressionPtr object_;
  const Name name_;
};

/// `a[key]`
class ItemLookup : public Expression {
 public:
  ItemLookup(Position at, ExpressionPtr object, ExpressionPtr key)
      : Expression(at), object_(std::move(object)), key_(std::move(key)) {}
  Value evaluate(Run& run) const override;

 private:
  const ExpressionPtr object_, key_;
};

/// `a[begin:end:step]`; null where a part is left out.
class SliceLookup : public Expression {
 public:
  SliceLookup(Position at, ExpressionPtr object, ExpressionPtr begin, ExpressionPtr end, ExpressionPtr step)
      : Expression(at),
        object_(std::move(object)),
        begin_(std::move(begin)),
        end_(std::move(end)),
        step_(std::move(step)) {}
  Value evaluate(Run& run) const override;

 private:
  const ExpressionPtr object_, begin_, end_, step_;
};

class Call : public Expression {
 public:
  Call(Position at, ExpressionPtr callee, CallArguments arguments)
      : Expression(at), callee_(std::move(callee)), arguments_(std::move(arguments)) {}
  Value evaluate(Run& run) const override;

 private:
  const ExpressionPtr callee_;
  const CallArguments arguments_;
};

/// `a | filter(...)`
class Filtered : public Expression {
 public:
  Filtered(Position at, Filter filter, ExpressionPtr value, CallArguments arguments)
      : Expression(at), filter_(filter), value_(std::move(value)), arguments_(std::move(arguments)) {}
  Value evaluate(Run& run) const override;

 private:
  const Filter filter_;
  const ExpressionPtr value_;
  const CallArguments arguments_;
};

/// `a is test(...)`
class Tested : public Expression {
 public:
  Tested(Position at, ValueTest test, ExpressionPtr value, CallArguments arguments)
      : Expression(at), test_(test), value_(std::move(value)), arguments_(std::move(arguments)) {}
  Value evaluate(Run& run) const override;

 private:
  const ValueTest test_;
  const ExpressionPtr value_;
  const CallArguments arguments_;
};

}  // namespace hone::jinja
