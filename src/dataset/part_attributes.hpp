#pragma once

#include <filesystem>

#include "dataset/hdf5.hpp"
#include "dataset/manifest.hpp"

namespace hone {

/// Writes what the dataset was made with as root attributes of a part: format_version, tool_version,
/// tokenizer_sha256, template_name, template_sha256, loss and model_max_length, with the manifest's values.
/// Throws Error(kRunTimeFailure).
void write_part_attributes(const hdf5::File& part, const Manifest& manifest);

/// Throws Error(kData) naming the part and the first attribute that is missing or isn't the manifest's.
void require_part_attributes(const hdf5::File& part, const Manifest& manifest,
                             const std::filesystem::path& path);

}  // namespace hone
