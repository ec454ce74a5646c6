#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

/// Under which names rows have the fields of their format.
class Columns {
 public:
  Columns() = default;
  /// From NAME=FIELD each. Throws Error(kUsage) for a name that no format has, for one that is given twice
  /// and for two names of one field.
  explicit Columns(const std::vector<std::string>& assignments);

  /// The field that a row has for a name of the format.
  std::string field(std::string_view name) const;
  /// Field by name, where they differ.
  const std::map<std::string, std::string, std::less<>>& renamed() const { return renamed_; }

 private:
  std::map<std::string, std::string, std::less<>> renamed_;
};

}  // namespace hone
