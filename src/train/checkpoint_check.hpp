#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/checkpoint_manifest.hpp"
#include "comm/communicator.hpp"

namespace hone {

/// Why the state files of a checkpoint are not those that `manifest` lists, or "": each rank reads its share
/// of them and holds it against its SHA-256. All ranks call it together; all get the same.
std::string damage_seen_by_any(const std::filesystem::path& folder, const CheckpointManifest& manifest,
                               Communicator& comm);

}  // namespace hone
