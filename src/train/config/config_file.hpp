#pragma once

#include <string>

#include "base/json.hpp"

namespace hone {

/// The JSON object in the file that `flag` names. Throws Error(kUsage), since a configuration is part of the
/// command line and not input data: unreadable, not JSON, not an object, or a key given twice, of which JSON
/// readers keep one in silence.
Json read_config_json(const std::string& flag, const std::string& path);

}  // namespace hone
