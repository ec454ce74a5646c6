#pragma once

#include <memory>
#include <vector>

#include "preprocess/jinja/expression.hpp"

namespace hone::jinja {

/// What goes on after a statement.
enum class Flow { kNext, kBreak, kContinue };

/// A node of a parsed template that writes or changes something. Immutable, shared by threads.
class Statement {
 public:
  explicit Statement(Position at) : at_(at) {}
  virtual ~Statement() = default;
  /// Throws Fault; run.at then tells the place.
  virtual Flow execute(Run& run) const = 0;

 protected:
  const Position at_;
};
using StatementPtr = std::unique_ptr<const Statement>;
using Body = std::vector<StatementPtr>;

/// Stops at the first statement that breaks or continues.
Flow execute(const Body& body, Run& run);

/// Where values go: names, or one name of a namespace.
struct Target {
  std::vector<Name> names;  // several take a sequence apart
  bool several = false;
  Name in_namespace = nullptr;  // `names[0].in_namespace = value`

  /// Throws Fault where the value doesn't fit.
  void assign(const Value& value, Run& run) const;
};

/// A scope inside the present one for as long as it lives.
class InnerScope {
 public:
  explicit InnerScope(Run& run) : InnerScope(run, run.scope) {}
  InnerScope(Run& run, const ScopePtr& around) : run_(run), before_(run.scope) {
    run.scope = std::make_shared<Scope>(around);
  }
  ~InnerScope() { run_.scope = before_; }
  InnerScope(const InnerScope&) = delete;
  InnerScope& operator=(const InnerScope&) = delete;

 private:
  Run& run_;
  const ScopePtr before_;
};

/// What is written while it lives goes into `text`.
class Capture {
 public:
  explicit Capture(Run& run) : run_(run), before_(run.out), captured_before_(run.captured) {
    run.out = &text;
    run.captured = true;
  }
  ~Capture() {
    run_.out = before_;
    run_.captured = captured_before_;
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  Text text;

 private:
  Run& run_;
  Text* const before_;
  const bool captured_before_;
};

}  // namespace hone::jinja
