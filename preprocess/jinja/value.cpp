#include "preprocess/jinja/value.hpp"

#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/run.hpp"

namespace hone::jinja {
namespace {

constexpr int kMostNested = 200;
constexpr std::uint64_t kHeaviest = 100'000'000;

int depth_of(const Value& value) {
  if (const Sequence* sequence = value.as_sequence()) return sequence->depth;
  if (const Dict* dict = value.as_dict()) return dict->depth;
  return 0;
}

// Without cycles and deep chains values can be released and printed without care.
template <typename Container>
void take_in(Container& container, const Value& value) {
  if (value.is<NamespacePtr>() || value.is<CallablePtr>() || value.is<LoopPtr>())
    throw Fault(std::string("a ") + type_name(value) + " inside another value is not supported");
  container.depth = std::max(container.depth, depth_of(value) + 1);
  container.weight += weight_of(value);
  if (container.depth > kMostNested) throw LimitFault("values are nested too deeply");
  if (container.weight > kHeaviest) throw LimitFault("values are too large");
}

}  // namespace

Value Value::undefined(std::string what) {
  return Undefined{std::make_shared<const std::string>(std::move(what))};
}

Value Value::text(Text text) { return std::make_shared<const Text>(std::move(text)); }

Value make_sequence(Sequence::Kind kind, std::vector<Value> items) {
  Sequence sequence{kind, std::move(items)};
  for (const Value& item : sequence.items) take_in(sequence, item);
  return std::make_shared<const Sequence>(std::move(sequence));
}

Value make_callable(std::string name, std::function<Value(Run&, const Arguments&)> call) {
  return std::make_shared<const Callable>(Callable{std::move(name), std::move(call)});
}

Value Value::list(std::vector<Value> items) { return make_sequence(Sequence::Kind::kList, std::move(items)); }
Value Value::tuple(std::vector<Value> items) {
  return make_sequence(Sequence::Kind::kTuple, std::move(items));
}

Value Value::dict(std::vector<std::pair<Value, Value>> items) {
  Dict dict{std::move(items)};
  for (const auto& [key, value] : dict.items) {
    take_in(dict, key);
    take_in(dict, value);
  }
  return std::make_shared<const Dict>(std::move(dict));
}

const Text* Value::as_text() const {
  const auto* text = as<TextPtr>();
  return text == nullptr ? nullptr : text->get();
}
const Sequence* Value::as_sequence() const {
  const auto* sequence = as<SequencePtr>();
  return sequence == nullptr ? nullptr : sequence->get();
}
const Dict* Value::as_dict() const {
  const auto* dict = as<DictPtr>();
  return dict == nullptr ? nullptr : dict->get();
}

const Value* Dict::find(const Value& key) const {
  if (const Text* text = key.as_text()) return find(text->bytes());
  for (const auto& [known, value] : items) {
    if (equal(known, key)) return &value;
  }
  return nullptr;
}

const Value* Dict::find(std::string_view key) const {
  for (const auto& [known, value] : items) {
    if (const Text* text = known.as_text(); text != nullptr && text->bytes() == key) return &value;
  }
  return nullptr;
}

const Value* Namespace::find(std::string_view name) const {
  for (const auto& [known, value] : items) {
    if (known == name) return &value;
  }
  return nullptr;
}

void Namespace::set(const std::string& name, Value value) {
  if (name.starts_with('_')) throw Fault("a namespace can't hold '" + name + "'");
  Sequence holder;
  take_in(holder, value);
  for (auto& [known, old] : items) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  items.emplace_back(name, std::move(value));
}

std::uint64_t weight_of(const Value& value) {
  if (const Text* text = value.as_text()) return 1 + text->size() / 16;
  if (const Sequence* sequence = value.as_sequence()) return sequence->weight;
  if (const Dict* dict = value.as_dict()) return dict->weight;
  return 1;
}

bool is_hashable(const Value& value) {
  const Sequence* sequence = value.as_sequence();
  if (sequence != nullptr && sequence->kind == Sequence::Kind::kTuple)
    return std::all_of(sequence->items.begin(), sequence->items.end(), is_hashable);
  return value.as_dict() == nullptr && (sequence == nullptr || sequence->kind != Sequence::Kind::kList);
}

bool truth(const Value& value) {
  if (value.is<Undefined>() || value.is<None>()) return false;
  if (const bool* flag = value.as<bool>()) return *flag;
  if (const auto* number = value.as<std::int64_t>()) return *number != 0;
  if (const double* number = value.as<double>()) return *number != 0;
  if (const Text* text = value.as_text()) return !text->empty();
  if (const Sequence* sequence = value.as_sequence())
    return sequence->kind == Sequence::Kind::kGenerator || !sequence->items.empty();
  if (const Dict* dict = value.as_dict()) return !dict->items.empty();
  return true;
}

bool is_number(const Value& value) {
  return value.is<bool>() || value.is<std::int64_t>() || value.is<double>();
}

double as_double(const Value& value) {
  if (const bool* flag = value.as<bool>()) return *flag ? 1 : 0;
  if (const auto* number = value.as<std::int64_t>()) return static_cast<double>(*number);
  return *value.as<double>();
}

std::int64_t as_integer(const Value& value, const char* what) {
  if (const bool* flag = value.as<bool>()) return *flag ? 1 : 0;
  if (const auto* number = value.as<std::int64_t>()) return *number;
  throw Fault(std::string(what) + " must be a whole number, not " + type_name(value));
}

bool equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) {
    if (a.is<double>() || b.is<double>()) return as_double(a) == as_double(b);
    return as_integer(a, "") == as_integer(b, "");
  }
  if (a.index() != b.index()) return false;
  if (const Text* text = a.as_text()) return text->bytes() == b.as_text()->bytes();
  if (const Sequence* left = a.as_sequence()) {
    const Sequence* right = b.as_sequence();
    if (left == right) return true;
    return left->indexable() && left->kind == right->kind &&
           std::equal(left->items.begin(), left->items.end(), right->items.begin(), right->items.end(),
                      equal);
  }
  if (const Dict* left = a.as_dict()) {
    const Dict* right = b.as_dict();
    return left->items.size() == right->items.size() &&
           std::all_of(left->items.begin(), left->items.end(), [&](const auto& item) {
             const Value* other = right->find(item.first);
             return other != nullptr && equal(item.second, *other);
           });
  }
  if (const auto* space = a.as<NamespacePtr>()) return *space == *b.as<NamespacePtr>();
  if (const auto* callable = a.as<CallablePtr>()) return *callable == *b.as<CallablePtr>();
  return !a.is<LoopPtr>();
}

SequencePtr items_of(const Value& value, Run& run) {
  if (const auto* sequence = value.as<SequencePtr>()) {
    if ((*sequence)->kind != Sequence::Kind::kGenerator) return *sequence;
    if ((*sequence)->spent) return std::make_shared<const Sequence>();
    (*sequence)->spent = true;
    return *sequence;
  }
  auto items = std::make_shared<Sequence>();
  if (const Dict* dict = value.as_dict()) {
    run.spend(dict->items.size() * 4);
    for (const auto& [key, unused] : dict->items) items->items.push_back(key);
  } else if (const Text* text = value.as_text()) {
    run.spend(count_characters(text->bytes()) * 4);
    for (std::size_t at = 0, next; at < text->size(); at = next) {
      next = at + character_bytes(text->bytes()[at]);
      items->items.push_back(Value::text(text->slice(at, next)));
    }
  } else if (!value.is<Undefined>()) {
    throw Fault(std::string("a ") + type_name(value) + " can't be iterated over");
  }
  return items;
}

std::size_t length_of(const Value& value) {
  if (const Text* text = value.as_text()) return count_characters(text->bytes());
  if (const Dict* dict = value.as_dict()) return dict->items.size();
  if (const Sequence* sequence = value.as_sequence();
      sequence != nullptr && sequence->kind != Sequence::Kind::kGenerator)
    return sequence->items.size();
  if (value.is<Undefined>()) return 0;
  throw Fault(std::string("a ") + type_name(value) + " has no length");
}

}  // namespace hone::jinja
