#include "preprocess/jinja/calls.hpp"

#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/lookup.hpp"

namespace hone::jinja {

Arguments CallArguments::evaluate(Run& run, const Expression* first) const {
  Arguments arguments;
  if (first != nullptr) arguments.positional.push_back(first->evaluate(run));
  for (const ExpressionPtr& node : positional) arguments.positional.push_back(node->evaluate(run));
  for (const auto& [name, node] : named) arguments.named.emplace_back(name, node->evaluate(run));
  return arguments;
}

Value AttributeLookup::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Value object = object_->evaluate(run);
  run.at = at_;
  return attribute(object, *name_, run);
}

Value ItemLookup::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Value object = object_->evaluate(run), key = key_->evaluate(run);
  run.at = at_;
  return item(object, key, run);
}

Value SliceLookup::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Value object = object_->evaluate(run);
  const auto bound = [&](const ExpressionPtr& node) -> std::optional<std::int64_t> {
    if (node == nullptr) return std::nullopt;
    const Value value = node->evaluate(run);
    run.at = at_;
    if (value.is<None>()) return std::nullopt;
    return as_integer(value, "a slice's bound");
  };
  Slice parts{bound(begin_), bound(end_), bound(step_)};
  run.at = at_;
  return slice(object, parts, run);
}

Value Call::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Value callee = callee_->evaluate(run);
  const Arguments arguments = arguments_.evaluate(run);
  run.at = at_;
  run.spend(1);
  if (const auto* callable = callee.as<CallablePtr>()) return (*callable)->call(run, arguments);
  if (const auto* undefined = callee.as<Undefined>()) throw Fault(undefined_reason(*undefined));
  throw Fault(std::string("a ") + type_name(callee) + " can't be called");
}

Value Filtered::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Arguments arguments = arguments_.evaluate(run, value_.get());
  run.at = at_;
  run.spend(1);
  return filter_(arguments, run);
}

Value Tested::evaluate(Run& run) const {
  const Run::Deeper deeper(run);
  const Arguments arguments = arguments_.evaluate(run, value_.get());
  run.at = at_;
  run.spend(1);
  return test_(arguments, run);
}

}  // namespace hone::jinja
