#include "preprocess/jinja/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/methods.hpp"

namespace hone::jinja {
namespace {

[[noreturn]] void refuse_undefined(const Undefined& value) { throw Fault(undefined_reason(value)); }

constexpr std::size_t kMostNamed = 100;  // bytes: what a template looks up may be as long as any text

Value missing(const Value& value, const std::string& name) {
  if (name.size() > kMostNamed)
    return Value::undefined(fmt::format("a {} has no such item", type_name(value)));
  return Value::undefined(fmt::format("a {} has no '{}'", type_name(value), name));
}

std::optional<Value> loop_field(const LoopPtr& loop, const std::string& name) {
  const auto count = static_cast<std::int64_t>(loop->items->items.size());
  const auto index = static_cast<std::int64_t>(loop->index);
  const std::vector<Value>& items = loop->items->items;
  if (name == "index") return index + 1;
  if (name == "index0") return index;
  if (name == "revindex") return count - index;
  if (name == "revindex0") return count - index - 1;
  if (name == "first") return index == 0;
  if (name == "last") return index + 1 == count;
  if (name == "length") return count;
  if (name == "depth") return std::int64_t{1};  // of recursive loops, which the parser refuses
  if (name == "depth0") return std::int64_t{0};
  if (name == "previtem")
    return index > 0 ? items[loop->index - 1] : Value::undefined("there is no previous item");
  if (name == "nextitem")
    return index + 1 < count ? items[loop->index + 1] : Value::undefined("there is no next item");
  if (name == "cycle" || name == "changed") return loop_method(loop, name);
  return std::nullopt;
}

// A method or field of the value itself.
std::optional<Value> own_attribute(const Value& value, const std::string& name) {
  if (const auto* loop = value.as<LoopPtr>()) return loop_field(*loop, name);
  if (value.is<CallablePtr>()) throw Fault("what a macro or function has is not supported");
  if (const auto* space = value.as<NamespacePtr>()) {
    const Value* found = (*space)->find(name);
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }
  return method(value, name);
}

std::optional<Value> own_item(const Value& value, const Value& key) {
  if (const Dict* dict = value.as_dict()) {
    const Value* found = dict->find(key);
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }
  if (!key.is<std::int64_t>() && !key.is<bool>()) return std::nullopt;
  std::int64_t index = as_integer(key, "");
  const Text* text = value.as_text();
  const Sequence* sequence = value.as_sequence();
  if (text == nullptr && (sequence == nullptr || !sequence->indexable())) return std::nullopt;
  const auto length = static_cast<std::int64_t>(length_of(value));
  if (index < 0) index += length;
  if (index < 0 || index >= length) return std::nullopt;
  if (text == nullptr) return sequence->items[static_cast<std::size_t>(index)];
  const std::size_t begin = byte_of_character(text->bytes(), static_cast<std::size_t>(index));
  return Value::text(text->slice(begin, begin + character_bytes(text->bytes()[begin])));
}

// Characters are counted from the first on, keys are compared one by one.
std::uint64_t cost_of_lookup(const Value& value) {
  if (const Text* text = value.as_text()) return 1 + text->size() / 64;
  const Dict* dict = value.as_dict();
  return dict != nullptr ? 1 + dict->items.size() / 16 : 1;
}

}  // namespace

Value attribute(const Value& value, const std::string& name, Run& run) {
  run.spend(cost_of_lookup(value));
  if (const auto* undefined = value.as<Undefined>()) refuse_undefined(*undefined);
  if (auto found = own_attribute(value, name)) return *std::move(found);
  if (const Dict* dict = value.as_dict()) {
    if (const Value* found = dict->find(name)) return *found;
  }
  return missing(value, name);
}

Value item(const Value& value, const Value& key, Run& run) {
  run.spend(cost_of_lookup(value) + weight_of(key) / 4);
  if (const auto* undefined = value.as<Undefined>()) refuse_undefined(*undefined);
  if (auto found = own_item(value, key)) return *std::move(found);
  if (const Text* name = key.as_text()) {
    if (auto found = own_attribute(value, name->bytes())) return *std::move(found);
    return missing(value, name->bytes());
  }
  return Value::undefined(fmt::format("a {} has no such item", type_name(value)));
}

Value slice(const Value& value, const Slice& slice, Run& run) {
  const Text* text = value.as_text();
  const Sequence* sequence = value.as_sequence();
  if (const auto* undefined = value.as<Undefined>()) refuse_undefined(*undefined);
  if (text == nullptr && (sequence == nullptr || !sequence->indexable()))
    throw Fault(fmt::format("a {} can't be sliced", type_name(value)));
  const auto length = static_cast<std::int64_t>(length_of(value));
  // A step beyond all items is as good as any larger one, which might not go with an index in 64 bits.
  const std::int64_t step = std::clamp(slice.step.value_or(1), -length - 1, length + 1);
  if (step == 0) throw Fault("a slice's step can't be zero");
  const std::int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? length : length - 1;
  const auto bounded = [&](const std::optional<std::int64_t>& index, std::int64_t otherwise) {
    if (!index) return otherwise;
    const std::int64_t from_start = *index < 0 ? std::max(*index, -length - 1) + length : *index;
    return std::clamp(from_start, lowest, highest);
  };
  const std::int64_t begin = bounded(slice.begin, step > 0 ? lowest : highest),
                     end = bounded(slice.end, step > 0 ? highest : lowest);
  if (text != nullptr && step == 1) {
    run.spend_text(text->size());
    const std::size_t first = byte_of_character(text->bytes(), static_cast<std::size_t>(begin)),
                      last = byte_of_character(text->bytes(), static_cast<std::size_t>(std::max(begin, end)));
    return Value::text(text->slice(first, last));
  }
  const SequencePtr items = items_of(value, run);
  run.spend(items->items.size() * 4);
  std::vector<Value> chosen;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    chosen.push_back(items->items[static_cast<std::size_t>(i)]);
  }
  if (text == nullptr) return make_sequence(sequence->kind, std::move(chosen));
  Text joined;
  for (const Value& character : chosen) joined.append(*character.as_text());
  return Value::text(std::move(joined));
}

}  // namespace hone::jinja
