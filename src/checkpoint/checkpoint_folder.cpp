#include "checkpoint/checkpoint_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"

namespace hone {
namespace {

constexpr const char* kUnfinished = "tmp-";
constexpr const char* kRemoved = "tmp-removed-";
constexpr const char* kSetAside = "set-aside-";
constexpr const char* kManifest = "manifest.json";
constexpr const char* kTrainerState = "trainer_state.json";

void remove_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) fail_run(fmt::format("can't remove {}", folder.string()), error.message(), "check permissions");
}

// What is left of removals.
std::vector<std::filesystem::path> removed_folders(const std::filesystem::path& output) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(output)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(std::string(kRemoved) + kCheckpointPrefix) && entry.is_directory())
      folders.push_back(entry.path());
  }
  return folders;
}

// Takes the name away; the folder is left under the one that is returned.
std::filesystem::path unname_checkpoint(const std::filesystem::path& output, std::int64_t step) {
  std::filesystem::path unnamed = output / (kRemoved + checkpoint_name(step));
  const std::filesystem::path folder = output / checkpoint_name(step);
  remove_folder(unnamed);
  std::error_code error;
  std::filesystem::rename(folder, unnamed, error);
  if (error == std::errc::no_such_file_or_directory) return unnamed;
  if (error) fail_run(fmt::format("can't remove {}", folder.string()), error.message(), "check permissions");
  sync_to_disk(output);
  return unnamed;
}

void wait_for_file(const std::filesystem::path& folder, const StateFile& file,
                   std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!absence_of(folder, file).empty()) {
    if (std::chrono::steady_clock::now() > deadline) {
      fail_run(fmt::format("{} does not show up whole", (folder / file.file).string()),
               absence_of(folder, file), "put --output_dir on a disk that all ranks share");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

std::string checkpoint_name(std::int64_t step) { return fmt::format("{}{}", kCheckpointPrefix, step); }

std::filesystem::path unfinished_checkpoint(const std::filesystem::path& output, std::int64_t step) {
  return output / (kUnfinished + checkpoint_name(step));
}

std::optional<std::int64_t> checkpoint_step(const std::string& name) {
  if (!name.starts_with(kCheckpointPrefix)) return std::nullopt;
  std::int64_t step = -1;
  const char* const first = name.data() + std::string_view(kCheckpointPrefix).size();
  std::from_chars(first, name.data() + name.size(), step);
  if (step < 0 || checkpoint_name(step) != name) return std::nullopt;
  return step;
}

std::vector<std::int64_t> checkpoint_steps(const std::filesystem::path& output) {
  std::vector<std::int64_t> steps;
  if (!std::filesystem::is_directory(output)) return steps;
  for (const auto& entry : std::filesystem::directory_iterator(output)) {
    const auto step = checkpoint_step(entry.path().filename().string());
    if (step && entry.is_directory()) steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::string incompleteness_of(const std::filesystem::path& folder) {
  if (!std::filesystem::is_regular_file(folder / kManifest)) return "it has no manifest.json";
  try {
    const CheckpointManifest manifest = read_checkpoint_manifest(folder);
    const auto named = checkpoint_step(folder.filename().string());
    if (named && *named != manifest.step) return fmt::format("it is of step {}", manifest.step);
    if (!std::filesystem::is_regular_file(folder / kTrainerState)) return "trainer_state.json is missing";
    if (sha256_of_file(folder / kTrainerState) != manifest.trainer_state_sha256)
      return "trainer_state.json is damaged: its SHA-256 is not the one recorded";
    for (const StateFile& file : manifest.files) {
      std::string absence = absence_of(folder, file);
      if (!absence.empty()) return absence;
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

CheckpointManifest read_checkpoint_manifest(const std::filesystem::path& folder) {
  return parse_checkpoint_manifest(read_text_file(folder / kManifest), (folder / kManifest).string());
}

std::string read_trainer_state_text(const std::filesystem::path& folder) {
  return read_text_file(folder / kTrainerState);
}

void commit_checkpoint(const std::filesystem::path& output, CheckpointManifest manifest,
                       const std::string& trainer_state, std::chrono::milliseconds patience,
                       const CompleteCheckpoint& add) {
  const std::filesystem::path folder = unfinished_checkpoint(output, manifest.step);
  for (const StateFile& file : manifest.files) wait_for_file(folder, file, patience);
  if (add) add(folder, manifest);
  manifest.trainer_state_sha256 = sha256_of(trainer_state);
  write_file_atomically(folder / kTrainerState, trainer_state);
  write_file_atomically(folder / kManifest, manifest_text(manifest));
  rename_durably(folder, output / checkpoint_name(manifest.step));
}

void remove_checkpoint(const std::filesystem::path& output, std::int64_t step) {
  remove_folder(unname_checkpoint(output, step));
}

Removal remove_checkpoints(const std::filesystem::path& output, const std::vector<std::int64_t>& steps) {
  Removal result;
  const auto attempt = [&](const std::function<void()>& action) {
    try {
      action();
    } catch (const std::exception& error) {
      result.failures.emplace_back(error.what());
    }
  };
  for (const std::int64_t step : steps) {
    attempt([&] {
      unname_checkpoint(output, step);
      result.removed.push_back(step);
    });
  }
  std::vector<std::filesystem::path> left;
  attempt([&] { left = removed_folders(output); });
  for (const std::filesystem::path& folder : left) attempt([&] { remove_folder(folder); });
  return result;
}

void remove_unfinished_checkpoints(const std::filesystem::path& output) {
  if (!std::filesystem::is_directory(output)) return;
  for (const std::string& failure : remove_checkpoints(output, {}).failures) log::warn("{}", failure);
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(output)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(std::string(kUnfinished) + kCheckpointPrefix) && entry.is_directory())
      left.push_back(entry.path());
  }
  for (const auto& folder : left) remove_folder(folder);
}

std::filesystem::path set_checkpoint_aside(const std::filesystem::path& output, std::int64_t step) {
  std::filesystem::path aside = output / (kSetAside + checkpoint_name(step));
  remove_folder(aside);
  rename_durably(output / checkpoint_name(step), aside);
  return aside;
}

}  // namespace hone
