#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint_manifest.hpp"

namespace hone {

/// Of a checkpoint's folder, before the step.
inline constexpr const char* kCheckpointPrefix = "checkpoint-";
/// How late a network disk may show one host what another one wrote.
inline constexpr std::chrono::seconds kVisibilityPatience{60};

/// The names in output_dir. A checkpoint is written as tmp-checkpoint-N and renamed when it is complete, so
/// that a folder named checkpoint-N is one.
std::string checkpoint_name(std::int64_t step);
std::filesystem::path unfinished_checkpoint(const std::filesystem::path& output, std::int64_t step);

/// N of `checkpoint-N`; nothing for any other name.
std::optional<std::int64_t> checkpoint_step(const std::string& name);

/// Steps of the folders named checkpoint-N, ascending by number; none where `output` is not there.
std::vector<std::int64_t> checkpoint_steps(const std::filesystem::path& output);

/// Why a folder is not a complete checkpoint, by what can be seen without reading the state files; "" where
/// it is one.
std::string incompleteness_of(const std::filesystem::path& folder);

/// Throws Error(kData).
CheckpointManifest read_checkpoint_manifest(const std::filesystem::path& folder);
std::string read_trainer_state_text(const std::filesystem::path& folder);

/// Writes what else belongs into the folder it is given, and completes the manifest.
using CompleteCheckpoint = std::function<void(const std::filesystem::path&, CheckpointManifest&)>;

/// Makes tmp-checkpoint-N the checkpoint N: waits up to `patience` until every state file of the manifest is
/// seen with its size (other hosts' files may show late), calls `add`, writes trainer_state.json and the
/// manifest, syncs and renames. Throws Error(kRunTimeFailure).
void commit_checkpoint(const std::filesystem::path& output, CheckpointManifest manifest,
                       const std::string& trainer_state, std::chrono::milliseconds patience,
                       const CompleteCheckpoint& add = {});

/// Under a name that is no checkpoint's first, so that a removal that breaks off leaves none half there. One
/// that is not there any more is done. Throws Error(kRunTimeFailure).
void remove_checkpoint(const std::filesystem::path& output, std::int64_t step);

struct Removal {
  std::vector<std::int64_t> removed;  // steps of which no checkpoint is there any more
  std::vector<std::string> failures;  // what is still there, and why
};
/// The same of several, and of what earlier removals have left; a failure of one does not keep the others.
Removal remove_checkpoints(const std::filesystem::path& output, const std::vector<std::int64_t>& steps);

/// Clears what saves and removals that broke off have left. What is left of a removal is in nobody's way:
/// where it can't go that is a warning. Throws Error(kRunTimeFailure) for what is left of a save.
void remove_unfinished_checkpoints(const std::filesystem::path& output);

/// Renames checkpoint-N to set-aside-checkpoint-N, in place of an earlier one; returns the new path.
std::filesystem::path set_checkpoint_aside(const std::filesystem::path& output, std::int64_t step);

}  // namespace hone
