#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "preprocess/jinja/text.hpp"

namespace hone::jinja {

class Run;
class Value;
struct Arguments;
struct Loop;

/// What a name or a lookup without a value gives; prints as nothing.
struct Undefined {
  std::shared_ptr<const std::string> what;  // for messages
};
struct None {};

struct Sequence;
struct Dict;
struct Namespace;
struct Callable;
using TextPtr = std::shared_ptr<const Text>;
using SequencePtr = std::shared_ptr<const Sequence>;
using DictPtr = std::shared_ptr<const Dict>;
using NamespacePtr = std::shared_ptr<Namespace>;
using CallablePtr = std::shared_ptr<const Callable>;
using LoopPtr = std::shared_ptr<const Loop>;

/// A value as Python has them. Immutable but for namespaces, and cheap to copy.
class Value : public std::variant<Undefined, None, bool, std::int64_t, double, TextPtr, SequencePtr, DictPtr,
                                  NamespacePtr, CallablePtr, LoopPtr> {
 public:
  using variant::variant;

  static Value undefined(std::string what);
  static Value text(Text text);
  static Value text(std::string own) { return text(Text(std::move(own))); }
  /// Throw LimitFault when nested too deeply, Fault when they hold what can't be nested.
  static Value list(std::vector<Value> items);
  static Value tuple(std::vector<Value> items);
  static Value dict(std::vector<std::pair<Value, Value>> items);

  template <typename T>
  const T* as() const {
    return std::get_if<T>(static_cast<const variant*>(this));
  }
  template <typename T>
  bool is() const {
    return as<T>() != nullptr;
  }
  /// Null where this is no string, list, mapping.
  const Text* as_text() const;
  const Sequence* as_sequence() const;
  const Dict* as_dict() const;
};

struct Sequence {
  enum class Kind {
    kList,
    kTuple,
    kRange,      // of range(): goes with no operator and is no JSON
    kView,       // of a mapping: has a length, no index
    kGenerator,  // of a filter: neither, always true, gives its items once
  };
  Kind kind = Kind::kList;
  std::vector<Value> items;
  int depth = 0;             // of nesting
  std::uint64_t weight = 1;  // see weight_of
  mutable bool spent = false;

  bool indexable() const { return kind == Kind::kList || kind == Kind::kTuple || kind == Kind::kRange; }
  /// Whether it is a list or tuple, which can be joined, repeated, printed and written as JSON.
  bool plain() const { return kind == Kind::kList || kind == Kind::kTuple; }
};

/// Keeps the order in which keys came.
struct Dict {
  std::vector<std::pair<Value, Value>> items;
  int depth = 0;
  std::uint64_t weight = 1;

  /// Null where there is none.
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
};

struct Namespace {
  std::vector<std::pair<std::string, Value>> items;

  const Value* find(std::string_view name) const;
  /// Throws Fault for what a namespace can't hold: itself, another one, a macro.
  void set(const std::string& name, Value value);
};

struct Callable {
  std::string name;
  std::function<Value(Run&, const Arguments&)> call;
};

/// `loop` inside a for.
struct Loop {
  SequencePtr items;
  std::size_t index = 0;  // from 0
};

Value make_sequence(Sequence::Kind kind, std::vector<Value> items);
Value make_callable(std::string name, std::function<Value(Run&, const Arguments&)> call);

/// What going through all of it costs, in steps: values inside one another, a shared one each time it occurs,
/// and 16 bytes of text.
std::uint64_t weight_of(const Value& value);
/// Whether it can be a key: no list and no mapping.
bool is_hashable(const Value& value);
/// As Python's bool().
bool truth(const Value& value);
/// As Python's ==.
bool equal(const Value& a, const Value& b);
/// What a for loop goes through: items, keys, characters. Spends what making them takes. Throws Fault for
/// what can't be iterated.
SequencePtr items_of(const Value& value, Run& run);
/// As Python's len(). Throws Fault.
std::size_t length_of(const Value& value);
/// bool, int and float as a number; nothing else.
bool is_number(const Value& value);
double as_double(const Value& value);
/// int or bool. Throws Fault naming `what`.
std::int64_t as_integer(const Value& value, const char* what);

}  // namespace hone::jinja
