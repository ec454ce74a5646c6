#include "preprocess/jinja/literals.hpp"

#include "preprocess/jinja/describe.hpp"

namespace hone::jinja {

Value NameValue::evaluate(Run& run) const {
  run.spend(1);
  if (const Value* value = run.scope->find(name_)) return *value;
  return Value::undefined("'" + *name_ + "' is undefined");
}

Value SequenceLiteral::evaluate(Run& run) const {
  std::vector<Value> items;
  for (const ExpressionPtr& item : items_) items.push_back(item->evaluate(run));
  run.at = at_;
  run.spend(1 + items.size());
  return make_sequence(kind_, std::move(items));
}

Value DictLiteral::evaluate(Run& run) const {
  std::vector<std::pair<Value, Value>> items;
  for (const auto& [key_node, value_node] : items_) {
    Value key = key_node->evaluate(run), value = value_node->evaluate(run);
    run.at = at_;
    run.spend(1 + items.size() * weight_of(key));
    if (key.as_text() == nullptr && !is_number(key) && !key.is<None>())
      throw Fault(std::string("a ") + type_name(key) + " as a key is not supported");
    Value* known = nullptr;
    for (auto& [old_key, old_value] : items) {
      if (equal(old_key, key)) known = &old_value;
    }
    if (known != nullptr) {
      *known = std::move(value);
    } else {
      items.emplace_back(std::move(key), std::move(value));
    }
  }
  return Value::dict(std::move(items));
}

}  // namespace hone::jinja
