#include "preprocess/jinja/template.hpp"

#include "preprocess/jinja/functions.hpp"
#include "preprocess/jinja/parser.hpp"

namespace hone::jinja {

struct Template::Parsed {
  Names names;
  Body body;
  bool has_generation = false;
};

Template::Template(std::string_view source) {
  auto parsed = std::make_unique<Parsed>();
  TokenStream tokens(tokens_of(source));
  StatementParser parser(tokens, parsed->names);
  parsed->body = parser.whole();
  parsed->has_generation = parser.has_generation();
  parsed_ = std::move(parsed);
}

Template::~Template() = default;
Template::Template(Template&&) noexcept = default;

bool Template::has_generation_blocks() const { return parsed_->has_generation; }

Rendered Template::render(const std::vector<std::pair<std::string, Value>>& variables, const Limits& limits,
                          const std::tm& now) const {
  Run run(limits, now);
  const auto outer = std::make_shared<Scope>(nullptr);
  for (const auto* given : {&global_functions(), &variables}) {
    for (const auto& [name, value] : *given) {
      // A name that the template doesn't have can't be asked for.
      if (const auto known = parsed_->names.find(name); known != parsed_->names.end())
        outer->set(&*known, value);
    }
  }
  run.scope = std::make_shared<Scope>(outer);
  Rendered result;
  run.out = &result.text;
  try {
    execute(parsed_->body, run);
  } catch (const LimitFault& fault) {
    throw TemplateError(TemplateError::Kind::kLimit, run.at, fault.what());
  } catch (const Fault& fault) {
    throw TemplateError(TemplateError::Kind::kRefusal, run.at, fault.what());
  }
  result.generations = std::move(run.generations);
  result.told_time = run.told_time;
  return result;
}

}  // namespace hone::jinja
