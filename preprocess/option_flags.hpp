#pragma once

#include "base/command_line/command_line.hpp"

namespace hone {

/// The flags of hone-preprocess with their defaults and what --help says of them.
boost::program_options::options_description preprocess_flags();

}  // namespace hone
