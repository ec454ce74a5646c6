#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

/// A name of the template; the parser keeps one of each, so that names compare by address.
using Name = const std::string*;

/// Names and values of a template, loop body, macro or block. Lookups go on in what is around it.
class Scope {
 public:
  explicit Scope(std::shared_ptr<Scope> around) : around_(std::move(around)) {}

  void set(Name name, Value value) {
    for (auto& [known, old] : values_) {
      if (known == name) {
        old = std::move(value);
        return;
      }
    }
    values_.emplace_back(name, std::move(value));
  }
  /// Null where nothing has that name.
  const Value* find(Name name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->around_.get()) {
      for (const auto& [known, value] : scope->values_) {
        if (known == name) return &value;
      }
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<Name, Value>> values_;
  std::shared_ptr<Scope> around_;
};
using ScopePtr = std::shared_ptr<Scope>;

}  // namespace hone::jinja
