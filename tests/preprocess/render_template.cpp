// For the parity tests: reads {"template", "variables"} objects, one a line, and prints for each
// {"text", "generations"} or {"error", "kind", "line", "column"}.
#include <iostream>
#include <string>

#include "base/json.hpp"
#include "preprocess/jinja/json.hpp"
#include "preprocess/jinja/template.hpp"

namespace {

hone::OrderedJson rendered(const hone::OrderedJson& job) {
  using namespace hone::jinja;
  constexpr const char* kKinds[] = {"syntax", "refusal", "limit"};
  try {
    const Template parsed(job.at("template").get<std::string>());
    std::vector<std::pair<std::string, Value>> variables;
    for (const auto& [name, value] : job.at("variables").items())
      variables.emplace_back(name, from_json(value, Text::kOtherData));
    std::tm now{};
    now.tm_mday = 26;
    now.tm_mon = 6;
    now.tm_year = 124;
    const Rendered result = parsed.render(variables, {}, now);
    hone::OrderedJson generations = hone::OrderedJson::array();
    for (const Generation& block : result.generations) generations.push_back({block.begin, block.end});
    return {{"text", result.text.bytes()}, {"generations", generations}};
  } catch (const TemplateError& error) {
    return {{"error", error.what()},
            {"kind", kKinds[static_cast<int>(error.kind())]},
            {"line", error.at().line},
            {"column", error.at().column}};
  }
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);)
    std::cout << rendered(hone::OrderedJson::parse(line)).dump() << "\n";
}
