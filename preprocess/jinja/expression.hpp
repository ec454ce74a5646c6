#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "preprocess/jinja/arguments.hpp"
#include "preprocess/jinja/run.hpp"

namespace hone::jinja {

/// A node of a parsed template that has a value. Immutable, shared by threads.
class Expression {
 public:
  explicit Expression(Position at) : at_(at) {}
  virtual ~Expression() = default;
  /// Throws Fault; run.at then tells the place.
  virtual Value evaluate(Run& run) const = 0;

 protected:
  const Position at_;
};
using ExpressionPtr = std::unique_ptr<const Expression>;

/// What stands between the parentheses of a call.
struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;

  /// `first`, where given, goes in front.
  Arguments evaluate(Run& run, const Expression* first = nullptr) const;
};

}  // namespace hone::jinja
