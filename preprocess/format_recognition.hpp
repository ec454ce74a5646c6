#pragma once

#include <string>

#include "preprocess/line_block.hpp"

namespace hone {

/// The format of an input, and how it is known.
struct KnownFormat {
  RowFormat format = RowFormat::kMessages;
  std::string how;  // for the log
};

/// From the first row of an input's first block that is a JSON object; messages where there is none. Throws
/// Error(kData), naming the row's fields, where it has those of no format.
KnownFormat recognise_format(const LineBlock& first, const std::string& path, const Columns& columns);

}  // namespace hone
