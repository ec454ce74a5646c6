#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "checkpoint/adapter_reader.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/weight_formats.hpp"
#include "comm/communicator.hpp"
#include "comm/mpi_session.hpp"
#include "dataset/dataset.hpp"
#include "train/config/config.hpp"
#include "train/model_output.hpp"
#include "train/model_plan.hpp"
#include "train/run_fingerprint.hpp"
#include "zero/read_range.hpp"

namespace hone {

/// What a run reads: base model, adapter to start from and datasets, checked against each other; and what its
/// weights are written as.
class RunInputs {
 public:
  /// Opens everything and refuses what doesn't fit together, ranks with other flags, hosts that see other
  /// files under the same names, and an adapter to start from that was trained over another base model; reads
  /// no weights yet. All ranks call it together. `config` must outlive this. Throws Error.
  RunInputs(const TrainConfig& config, const MpiSession& session, Communicator& comm);

  const ModelPlan& plan() const { return plan_; }
  const Dataset& dataset() const { return dataset_; }
  const std::optional<Dataset>& eval_dataset() const { return eval_dataset_; }
  /// Of the longest row of all datasets, in tokens.
  std::uint32_t longest_row() const;
  const StartDigests& start() const { return start_; }

  /// A range of a weight's first values. This must outlive what is returned.
  ReadRange first_values() const;

  /// Of the weights that are saved in the end.
  WeightFormats output_formats() const;
  /// What the run's weights are written as.
  ModelOutput output() const;
  /// What each checkpoint also holds for others to load, if anything.
  std::optional<ModelOutput> checkpoint_output() const;

 private:
  StartDigests agree(const MpiSession& session, Communicator& comm) const;
  void require_base_of_start() const;

  const TrainConfig& config_;
  ModelPlan plan_;
  ModelReader reader_;
  std::optional<AdapterReader> adapter_;  // whose weights training starts from
  Dataset dataset_;
  std::optional<Dataset> eval_dataset_;
  StartDigests start_;
};

}  // namespace hone
