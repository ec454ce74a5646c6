#pragma once

#include "preprocess/jinja/statement.hpp"

namespace hone::jinja {

/// Text between tags.
class Data : public Statement {
 public:
  Data(Position at, std::string text) : Statement(at), text_(std::move(text)) {}
  Flow execute(Run& run) const override;

 private:
  const Text text_;
};

/// `{{ value }}`
class Output : public Statement {
 public:
  Output(Position at, ExpressionPtr value) : Statement(at), value_(std::move(value)) {}
  Flow execute(Run& run) const override;

 private:
  const ExpressionPtr value_;
};

class If : public Statement {
 public:
  /// A branch without a condition is the else.
  struct Branch {
    ExpressionPtr condition;
    Body body;
  };
  If(Position at, std::vector<Branch> branches) : Statement(at), branches_(std::move(branches)) {}
  Flow execute(Run& run) const override;

 private:
  const std::vector<Branch> branches_;
};

class For : public Statement {
 public:
  struct Parts {
    Target target;
    Name loop;  // the name `loop`
    ExpressionPtr items, condition;
    Body body, otherwise;
  };
  For(Position at, Parts parts) : Statement(at), parts_(std::move(parts)) {}
  Flow execute(Run& run) const override;

 private:
  SequencePtr chosen_items(Run& run) const;
  const Parts parts_;
};

/// `{% break %}` and `{% continue %}`
class Jump : public Statement {
 public:
  Jump(Position at, Flow flow) : Statement(at), flow_(flow) {}
  Flow execute(Run&) const override { return flow_; }

 private:
  const Flow flow_;
};

/// `{% set target = value %}`
class Set : public Statement {
 public:
  Set(Position at, Target target, ExpressionPtr value)
      : Statement(at), target_(std::move(target)), value_(std::move(value)) {}
  Flow execute(Run& run) const override;

 private:
  const Target target_;
  const ExpressionPtr value_;
};

/// `{% set target %}...{% endset %}`
class SetBlock : public Statement {
 public:
  SetBlock(Position at, Target target, Body body)
      : Statement(at), target_(std::move(target)), body_(std::move(body)) {}
  Flow execute(Run& run) const override;

 private:
  const Target target_;
  const Body body_;
};

/// `{% generation %}`: notes which part of the output the model is to write.
class GenerationBlock : public Statement {
 public:
  GenerationBlock(Position at, Body body) : Statement(at), body_(std::move(body)) {}
  Flow execute(Run& run) const override;

 private:
  const Body body_;
};

class Macro : public Statement {
 public:
  struct Parameter {
    Name name;
    ExpressionPtr otherwise;  // null: undefined
  };
  Macro(Position at, Name name, std::vector<Parameter> parameters, Body body)
      : Statement(at), name_(name), parameters_(std::move(parameters)), body_(std::move(body)) {}
  Flow execute(Run& run) const override;

 private:
  Value call(Run& run, const Arguments& arguments, const ScopePtr& defined_in) const;
  void bind_parameters(Run& run, const Arguments& arguments) const;

  const Name name_;
  const std::vector<Parameter> parameters_;
  const Body body_;
};

}  // namespace hone::jinja
