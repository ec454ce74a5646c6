#include "preprocess/jinja/statements.hpp"

#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"

namespace hone::jinja {

Flow execute(const Body& body, Run& run) {
  const Run::Deeper deeper(run);
  for (const StatementPtr& statement : body) {
    const Flow flow = statement->execute(run);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

void Target::assign(const Value& value, Run& run) const {
  if (in_namespace != nullptr) {
    const Value* object = run.scope->find(names[0]);
    const auto* space = object == nullptr ? nullptr : object->as<NamespacePtr>();
    if (space == nullptr) throw Fault("'" + *names[0] + "' is no namespace, so nothing in it can be set");
    return (*space)->set(*in_namespace, value);
  }
  if (!several) return run.scope->set(names[0], value);
  const SequencePtr items = items_of(value, run);
  if (items->items.size() != names.size())
    throw Fault(std::to_string(items->items.size()) + " values for " + std::to_string(names.size()) +
                " names");
  for (std::size_t i = 0; i < names.size(); ++i) run.scope->set(names[i], items->items[i]);
}

Flow Data::execute(Run& run) const {
  run.at = at_;
  run.write(text_);
  return Flow::kNext;
}

Flow Output::execute(Run& run) const {
  run.at = at_;
  const Value value = value_->evaluate(run);
  run.at = at_;
  run.write(str(value, run));
  return Flow::kNext;
}

Flow If::execute(Run& run) const {
  for (const Branch& branch : branches_) {
    run.at = at_;
    run.spend(1);
    if (branch.condition == nullptr || truth(branch.condition->evaluate(run)))
      return jinja::execute(branch.body, run);
  }
  return Flow::kNext;
}

SequencePtr For::chosen_items(Run& run) const {
  SequencePtr all = items_of(parts_.items->evaluate(run), run);
  run.spend(all->items.size());
  if (parts_.condition == nullptr) return all;
  auto chosen = std::make_shared<Sequence>();
  for (const Value& item : all->items) {
    const InnerScope inner(run);
    run.at = at_;
    parts_.target.assign(item, run);
    if (truth(parts_.condition->evaluate(run))) chosen->items.push_back(item);
  }
  return chosen;
}

Flow For::execute(Run& run) const {
  run.at = at_;
  const SequencePtr items = chosen_items(run);
  if (items->items.empty()) {
    const InnerScope inner(run);
    return jinja::execute(parts_.otherwise, run);
  }
  for (std::size_t i = 0; i < items->items.size(); ++i) {
    const InnerScope inner(run);
    run.at = at_;
    run.spend(2);
    run.scope->set(parts_.loop, std::make_shared<const Loop>(Loop{items, i}));
    parts_.target.assign(items->items[i], run);
    if (jinja::execute(parts_.body, run) == Flow::kBreak) break;
  }
  return Flow::kNext;
}

Flow Set::execute(Run& run) const {
  run.at = at_;
  const Value value = value_->evaluate(run);
  run.at = at_;
  run.spend(1);
  target_.assign(value, run);
  return Flow::kNext;
}

Flow SetBlock::execute(Run& run) const {
  Capture capture(run);
  {
    const InnerScope inner(run);
    if (jinja::execute(body_, run) != Flow::kNext)
      throw Fault("'break' and 'continue' inside a set block are not supported");
  }
  run.at = at_;
  target_.assign(Value::text(std::move(capture.text)), run);
  return Flow::kNext;
}

Flow GenerationBlock::execute(Run& run) const {
  run.at = at_;
  if (run.captured) throw Fault("a generation block inside a macro or a set block is not supported");
  const InnerScope inner(run);
  const std::size_t begin = run.out->size();
  const Flow flow = jinja::execute(body_, run);
  run.generations.push_back({begin, run.out->size()});
  return flow;
}

Flow Macro::execute(Run& run) const {
  // Not the scope itself: it holds the macro, and a cycle would never be released.
  const std::weak_ptr<Scope> scope = run.scope;
  run.scope->set(name_, make_callable(*name_, [this, scope](Run& caller, const Arguments& arguments) {
                   const ScopePtr defined_in = scope.lock();
                   if (!defined_in) throw Fault("the macro '" + *name_ + "' outlived where it was made");
                   return call(caller, arguments, defined_in);
                 }));
  return Flow::kNext;
}

Value Macro::call(Run& run, const Arguments& arguments, const ScopePtr& defined_in) const {
  const InnerScope inner(run, defined_in);
  Capture capture(run);
  bind_parameters(run, arguments);
  if (jinja::execute(body_, run) != Flow::kNext) throw Fault("'break' or 'continue' outside a loop");
  return Value::text(std::move(capture.text));
}

void Macro::bind_parameters(Run& run, const Arguments& arguments) const {
  if (arguments.positional.size() > parameters_.size())
    throw Fault("the macro '" + *name_ + "' takes no more than " + std::to_string(parameters_.size()) +
                " arguments");
  std::vector<const Value*> given(parameters_.size(), nullptr);
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) given[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    std::size_t i = 0;
    while (i < parameters_.size() && *parameters_[i].name != name) ++i;
    if (i == parameters_.size()) throw Fault("the macro '" + *name_ + "' has no parameter '" + name + "'");
    if (given[i] != nullptr) throw Fault("the macro '" + *name_ + "' got '" + name + "' twice");
    given[i] = &value;
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, otherwise] = parameters_[i];
    run.scope->set(name, given[i] != nullptr ? *given[i]
                         : otherwise != nullptr
                             ? otherwise->evaluate(run)
                             : Value::undefined("parameter '" + *name + "' was not given"));
  }
}

}  // namespace hone::jinja
