#pragma once

#include "base/error.hpp"
#include "preprocess/options.hpp"

namespace hone {

/// Makes a dataset from jsonl files. The output is the same for any number of threads; it appears complete or
/// not at all. Throws Error.
ExitCode preprocess(const PreprocessOptions& options);

}  // namespace hone
