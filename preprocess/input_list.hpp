#pragma once

#include <string>
#include <vector>

namespace hone {

/// The inputs that the words behind --input name: lists separated by commas (a file whose own name holds a
/// comma is taken as it is), patterns such as 'data/*.jsonl.gz' replaced by the files that they match, in the
/// order of their names' bytes. "-" is standard input. Throws Error(kUsage) for a pattern that matches
/// nothing, and for "-" given twice.
std::vector<std::string> expand_inputs(const std::vector<std::string>& words);

}  // namespace hone
