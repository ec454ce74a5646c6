#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "preprocess/jinja/run.hpp"
#include "preprocess/jinja/value.hpp"

namespace hone::jinja {

struct Rendered {
  Text text;
  std::vector<Generation> generations;  // in order, disjoint; bytes of `text`
  bool told_time = false;               // the text depends on `now`
};

/// A chat template in the part of Jinja that published ones use, set up as transformers does it: trim_blocks,
/// lstrip_blocks, break and continue, generation blocks, `tojson` as Python's json.dumps, nothing escaped.
/// What is not in that part is refused when the template is parsed. Immutable, shared by threads.
class Template {
 public:
  /// Throws TemplateError(kSyntax).
  explicit Template(std::string_view source);
  ~Template();
  Template(Template&&) noexcept;

  bool has_generation_blocks() const;
  /// `now` is what strftime_now tells. Throws TemplateError.
  Rendered render(const std::vector<std::pair<std::string, Value>>& variables, const Limits& limits,
                  const std::tm& now) const;

 private:
  struct Parsed;
  std::unique_ptr<const Parsed> parsed_;
};

}  // namespace hone::jinja
