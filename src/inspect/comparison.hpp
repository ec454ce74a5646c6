#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataset/dataset.hpp"

namespace hone {

struct ComparedValue {
  std::string name, a, b;
};

/// How two datasets differ in what training sees of them: settings, counts, and the ids and targets of their
/// rows. Which program wrote them, where rows come from, how they lie in parts and what was dropped is not
/// compared.
struct DatasetComparison {
  std::vector<ComparedValue> values;            // settings and counts, whether they differ or not
  std::optional<std::int64_t> first_differing;  // the first place at which both have a row, and not the same
  std::int64_t differing = 0;                   // such places
  std::vector<std::int64_t> only_in_a, only_in_b;  // rows that the other has at no place, or less often

  bool same_rows() const { return differing == 0 && only_in_a.empty() && only_in_b.empty(); }
  bool equal() const;
};

/// Reads both datasets once, a row at a time; keeps a digest of each row (24 bytes). Throws Error(kData) for
/// a damaged row.
DatasetComparison compare(const Dataset& a, const Dataset& b);

}  // namespace hone
