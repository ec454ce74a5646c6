#pragma once

#include <filesystem>

#include "preprocess/options.hpp"

namespace hone {

// What a run makes beside the folder that an output's name means, besides work_path():
/// NAME.hone-new, the dataset that is not whole yet
std::filesystem::path new_path(const std::filesystem::path& output);
/// NAME.rejected.jsonl, the bad lines of a run that stopped
std::filesystem::path rejected_path(const std::filesystem::path& output);

/// Throws Error(kUsage) where a name that the run makes beside an output would be too long.
void require_names_fit(const PreprocessOptions& options);

/// Throws Error(kUsage) where an input, the tokenizer or the template is at or under a name that the run
/// replaces or removes, and where the two outputs' names lie in one another.
void require_apart(const PreprocessOptions& options);

}  // namespace hone
