#include "preprocess/jinja/operations.hpp"

#include "preprocess/jinja/describe.hpp"

namespace hone::jinja {

Value Arithmetic::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Value left = left_->evaluate(run), right = right_->evaluate(run);
  run.at = at_;
  run.spend(1);
  return apply(op_, left, right, run);
}

Value Concatenation::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  Text joined;
  for (const ExpressionPtr& part : parts_) {
    const Value value = part->evaluate(run);
    run.at = at_;
    run.append(joined, str(value, run));
  }
  return Value::text(std::move(joined));
}

Value ComparisonChain::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  Value left = first_->evaluate(run);
  for (const auto& [comparison, node] : rest_) {
    Value right = node->evaluate(run);
    run.at = at_;
    if (!compare(comparison, left, right, run)) return false;
    left = std::move(right);
  }
  return true;
}

Value Logical::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  Value left = left_->evaluate(run);
  return truth(left) == (kind_ == Kind::kOr) ? left : right_->evaluate(run);
}

Value Prefixed::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  Value operand = operand_->evaluate(run);
  run.at = at_;
  run.spend(1);
  switch (kind_) {
    case Kind::kNot: return !truth(operand);
    case Kind::kMinus: return negated(operand);
    case Kind::kPlus:
      return operand.is<double>() ? operand : Value(as_integer(operand, "what '+' stands before"));
  }
  return operand;
}

Value Conditional::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  if (truth(condition_->evaluate(run))) return then_->evaluate(run);
  return else_ != nullptr ? else_->evaluate(run) : Value::undefined("a condition without 'else' was false");
}

}  // namespace hone::jinja
