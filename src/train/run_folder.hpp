#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/json.hpp"
#include "base/output_lock.hpp"
#include "checkpoint/fingerprint.hpp"
#include "train/config/config.hpp"

namespace hone {

/// What a run says of itself in output_dir.
inline constexpr const char* kRunFile = "run.json";

/// Rank 0's look at output_dir, and what it changes there before a run goes on.
class RunFolder {
 public:
  struct Candidate {
    std::filesystem::path folder;
    std::string incomplete;  // why, by a quick look; "" where it seems whole
  };
  struct Finished {
    std::vector<FingerprintDifference>
        changed;       // what makes this run another one, or writes its model otherwise
    std::string lost;  // why its weights are not there as they were saved, or ""
  };

  /// `config` must outlive this. Without an output_dir, as a dry run may be, no run is found.
  explicit RunFolder(const TrainConfig& config) : config_(config), path_(config.save.output_dir) {}

  bool holds_run() const;
  /// Whether this is the folder that a checkpoint lies in.
  bool holds(const std::filesystem::path& checkpoint) const;
  /// Makes and locks the folder and clears what broken-off saves left. Nothing in it is touched before:
  /// another job may work there. `host`: this rank's. Throws Error(kUsage), also where a model lies there
  /// that no run made.
  std::unique_ptr<OutputLock> make(const std::string& host) const;
  /// Throws what make() would, as far as a look tells; makes, locks and clears nothing.
  void require_makeable() const;
  /// Removes the checkpoints of an earlier run.
  void start_over() const;

  /// What run.json says about an earlier launch that ended, if any, against `now`.
  std::optional<Finished> finished(const Fingerprint& now) const;
  std::vector<Candidate> newest_first() const;
  /// The checkpoint that --resume_from_checkpoint names, if it names one. Throws Error(kUsage).
  std::optional<Candidate> named() const;

  /// Where run.json can't be read and no checkpoint tells how to go on. Throws Error(kData).
  [[noreturn]] void refuse_unreadable() const;
  [[noreturn]] void refuse_finished(const std::vector<FingerprintDifference>& changed) const;
  /// Throws Error(kUsage) where the folder holds a run.
  void refuse_run() const;

  /// Later checkpoints would be taken for this run's own.
  void set_later_ones_aside(std::int64_t step) const;
  /// metrics.jsonl as it was at the checkpoint: lines of it may be lost that a host had not on disk when it
  /// died, and a new folder has none.
  void restore_metrics(const OrderedJson& trainer_state) const;

 private:
  void require_no_model_of_others() const;
  [[noreturn]] void refuse_to_make(const std::error_code& error) const;

  const TrainConfig& config_;
  std::filesystem::path path_;
};

/// Says in run.json that the run ended after `step` steps. Rank 0 calls it when everything is saved.
void mark_finished(const std::filesystem::path& output, std::int64_t step, const Fingerprint& fingerprint);

}  // namespace hone
