#pragma once

#include "base/error.hpp"
#include "preprocess/options.hpp"
#include "preprocess/team.hpp"

namespace hone {

/// Makes a dataset of the inputs. It is the same for any number of threads, ranks and slices, and however
/// often the run was killed; it appears complete or not at all. All ranks of `team` call it, with the
/// number of threads that each shall have (at least 1). Throws Error.
ExitCode preprocess(const PreprocessOptions& options, const Team& team = {});

}  // namespace hone
