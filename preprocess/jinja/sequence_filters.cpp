#include <fmt/format.h>

#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/filters.hpp"
#include "preprocess/jinja/lookup.hpp"
#include "preprocess/jinja/operators.hpp"

namespace hone::jinja {
namespace {

Value list(const Arguments& arguments, Run& run) {
  const SequencePtr items = items_of(*bind("list", arguments, {"value"}, 1)[0], run);
  run.spend(items->items.size() * 4);
  return Value::list(items->items);
}

Value first(const Arguments& arguments, Run& run) {
  const SequencePtr items = items_of(*bind("first", arguments, {"seq"}, 1)[0], run);
  run.spend(items->items.size());
  return items->items.empty() ? Value::undefined("there is no first item") : items->items.front();
}

SequencePtr reversible(const char* filter, const Value& value, Run& run) {
  const Sequence* sequence = value.as_sequence();
  if (sequence != nullptr && sequence->kind == Sequence::Kind::kGenerator)
    throw Fault(fmt::format("{}: a {} can't be gone through backwards", filter, type_name(value)));
  return items_of(value, run);
}

Value last(const Arguments& arguments, Run& run) {
  const SequencePtr items = reversible("last", *bind("last", arguments, {"seq"}, 1)[0], run);
  run.spend(items->items.size());
  return items->items.empty() ? Value::undefined("there is no last item") : items->items.back();
}

Value reverse(const Arguments& arguments, Run& run) {
  const Value& value = *bind("reverse", arguments, {"value"}, 1)[0];
  if (value.as_text() != nullptr) return slice(value, {std::nullopt, std::nullopt, -1}, run);
  const SequencePtr items = items_of(value, run);
  run.spend(items->items.size() * 4);
  return make_sequence(Sequence::Kind::kGenerator, {items->items.rbegin(), items->items.rend()});
}

// What values are sorted and compared by: an attribute, strings without their case.
class Key {
 public:
  Key(const Value* case_sensitive, const Value* attribute, Run& run)
      : any_case_(!flag_or(case_sensitive, false)), run_(run) {
    if (attribute != nullptr && !attribute->is<None>()) attribute_ = attribute;
    if (attribute_ != nullptr && attribute_->as_text() != nullptr &&
        attribute_->as_text()->bytes().find(',') != std::string::npos)
      throw Fault("several attributes at once are not supported");
  }
  Value operator()(const Value& value) const {
    run_.spend(2);
    Value key = attribute_ != nullptr ? path_of(value, *attribute_, nullptr, run_) : value;
    run_.spend(weight_of(key));
    if (any_case_ && key.as_text() != nullptr)
      return Value::text(in_case(key.as_text()->bytes(), LetterCase::kLower));
    return key;
  }

 private:
  bool any_case_;
  const Value* attribute_ = nullptr;
  Run& run_;
};

using Before = bool (*)(const Value& a, const Value& b);

// Jinja sorts by lists of one key, and Python's lists compare equal items first.
bool before_as_item(const Value& a, const Value& b) { return !equal(a, b) && less(a, b); }

// Stable in both directions, as Python's sorted is.
std::vector<Value> sorted(const std::vector<Value>& values, const std::vector<Value>& keys, bool reverse,
                          Before before) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return reverse ? before(keys[b], keys[a]) : before(keys[a], keys[b]);
  });
  std::vector<Value> result;
  result.reserve(order.size());
  for (const std::size_t i : order) result.push_back(values[i]);
  return result;
}

Value sort(const Arguments& arguments, Run& run) {
  const auto bound = bind("sort", arguments, {"value", "reverse", "case_sensitive", "attribute"}, 1);
  const SequencePtr items = items_of(*bound[0], run);
  const Key key(bound[2], bound[3], run);
  run.spend(16 * weight_of(*bound[0]));
  std::vector<Value> keys;
  for (const Value& value : items->items) keys.push_back(key(value));
  return Value::list(sorted(items->items, keys, flag_or(bound[1], false), before_as_item));
}

Value dictsort(const Arguments& arguments, Run& run) {
  const auto bound = bind("dictsort", arguments, {"value", "case_sensitive", "by", "reverse"}, 1);
  const Dict* dict = bound[0]->as_dict();
  if (dict == nullptr) throw Fault(std::string("dictsort needs a mapping, not ") + type_name(*bound[0]));
  const std::string by = bound[2] != nullptr ? text_argument(*bound[2], "'by'").bytes() : "key";
  if (by != "key" && by != "value") throw Fault("dictsort sorts by 'key' or 'value'");
  const Key key(bound[1], nullptr, run);
  run.spend(16 * dict->weight);
  std::vector<Value> pairs, keys;
  for (const auto& [name, value] : dict->items) {
    pairs.push_back(Value::tuple({name, value}));
    keys.push_back(key(by == "key" ? name : value));
  }
  return Value::list(sorted(pairs, keys, flag_or(bound[3], false), less));
}

template <bool kLargest>
Value extreme(const Arguments& arguments, Run& run) {
  const auto bound = bind("min or max", arguments, {"value", "case_sensitive", "attribute"}, 1);
  const SequencePtr items = items_of(*bound[0], run);
  if (items->items.empty()) return Value::undefined("an empty sequence has no extremes");
  const Key key(bound[1], bound[2], run);
  const Value* best = &items->items.front();
  for (const Value& value : items->items) {
    if (kLargest ? less(key(*best), key(value)) : less(key(value), key(*best))) best = &value;
  }
  return *best;
}

Value unique(const Arguments& arguments, Run& run) {
  const auto bound = bind("unique", arguments, {"value", "case_sensitive", "attribute"}, 1);
  const Key key(bound[1], bound[2], run);
  std::vector<Value> kept, seen;
  const SequencePtr items = items_of(*bound[0], run);
  for (const Value& value : items->items) {
    const Value own = key(value);
    if (!is_hashable(own)) throw Fault(fmt::format("unique: a {} can't be told apart", type_name(own)));
    run.spend(seen.size() * weight_of(own));
    if (std::any_of(seen.begin(), seen.end(), [&](const Value& known) { return equal(known, own); }))
      continue;
    seen.push_back(own);
    kept.push_back(value);
  }
  return make_sequence(Sequence::Kind::kGenerator, std::move(kept));
}

Value sum(const Arguments& arguments, Run& run) {
  const auto bound = bind("sum", arguments, {"iterable", "attribute", "start"}, 1);
  const bool by_attribute = bound[1] != nullptr && !bound[1]->is<None>();
  Value total = bound[2] != nullptr ? *bound[2] : Value(std::int64_t{0});
  if (total.as_text() != nullptr) throw Fault("sum: strings can't be summed up");
  const SequencePtr items = items_of(*bound[0], run);
  for (const Value& value : items->items)
    total = apply(Operator::kAdd, total, by_attribute ? path_of(value, *bound[1], nullptr, run) : value, run);
  return total;
}

Value items(const Arguments& arguments, Run& run) {
  const Value& value = *bind("items", arguments, {"value"}, 1)[0];
  std::vector<Value> pairs;
  if (const Dict* dict = value.as_dict()) {
    run.spend(dict->items.size() * 4);
    for (const auto& [key, item] : dict->items) pairs.push_back(Value::tuple({key, item}));
  } else if (!value.is<Undefined>()) {
    throw Fault(std::string("items needs a mapping, not ") + type_name(value));
  }
  return make_sequence(Sequence::Kind::kGenerator, std::move(pairs));
}

}  // namespace

std::span<const NamedFilter> sequence_filters() {
  static constexpr NamedFilter kFilters[] = {
      {"list", list},     {"first", first},       {"last", last},          {"reverse", reverse},
      {"sort", sort},     {"dictsort", dictsort}, {"min", extreme<false>}, {"max", extreme<true>},
      {"unique", unique}, {"sum", sum},           {"items", items}};
  return kFilters;
}

}  // namespace hone::jinja
