#pragma once

#include <string>

namespace hone {

/// What --version prints: program, git hash, and the versions of the libraries it runs on. Needs no MPI
/// start, no GPU.
std::string version_text(const std::string& program);

}  // namespace hone
