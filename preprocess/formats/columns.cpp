#include "preprocess/formats/columns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "preprocess/formats/row_format.hpp"

namespace hone {
namespace {

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const RowFormat format : kRowFormats) {
    for (const char* name : fields_of(format)) {
      if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    }
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Columns::Columns(const std::vector<std::string>& assignments) {
  const std::vector<std::string> names = all_names();
  for (const std::string& assignment : assignments) {
    const std::size_t equals = std::min(assignment.find('='), assignment.size());
    const std::string name = assignment.substr(0, equals);
    const std::string field = assignment.substr(std::min(equals + 1, assignment.size()));
    if (field.empty()) {
      fail_usage(fmt::format("--column {} is no NAME=FIELD", assignment), "",
                 "write as --column messages=dialog");
    }
    if (std::ranges::find(names, name) == names.end()) {
      const std::string near = suggestion(name, names);
      fail_usage(fmt::format("--column {} names no field of a format", name), near,
                 fmt::format("choose one of {}", listed(names)));
    }
    if (renamed_.contains(name))
      fail_usage(fmt::format("--column {} is given twice", name), "", "give each name once");
    for (const auto& [other, taken] : renamed_) {
      if (taken == field) {
        fail_usage(fmt::format("--column {}={} and {}={} read one field", other, field, name, field), "",
                   "give each its own");
      }
    }
    renamed_.emplace(name, field);
  }
}

std::string Columns::field(std::string_view name) const {
  const auto found = renamed_.find(name);
  return found == renamed_.end() ? std::string(name) : found->second;
}

}  // namespace hone
