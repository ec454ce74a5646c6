#pragma once

#include <string>

namespace hone {

/// This host's, as the system has it.
std::string host_name();

}  // namespace hone
