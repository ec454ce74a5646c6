#pragma once

#include <string>
#include <vector>

#include "dataset/manifest.hpp"

namespace hone {

struct Setting {
  std::string name, value;
};

/// What the rows of a dataset were made with, as the manifest has it, in the order in which people read it.
std::vector<Setting> settings_of(const Manifest& manifest);

}  // namespace hone
