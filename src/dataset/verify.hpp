#pragma once

#include "dataset/dataset.hpp"

namespace hone {

/// Reads every row and holds it against what the parts and the manifest record: target counts, longest row,
/// largest id, the digest of each part's rows. Throws Error(kData) at the first difference, naming the part.
void verify_rows(const Dataset& dataset);

}  // namespace hone
