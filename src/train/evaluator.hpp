#pragma once

#include <cstdint>
#include <optional>

#include "comm/communicator.hpp"
#include "dataset/step_planner.hpp"
#include "model/causal_lm.hpp"
#include "train/batch_builder.hpp"
#include "train/run_requests.hpp"

namespace hone {

struct EvalReport {
  double loss = 0;  // mean over all targets of the evaluation rows
  std::int64_t targets = 0;
};

/// The loss over every row of a dataset, each counted once; keeps sums only. The ranks agree on requests with
/// each micro-batch's loss: nothing is returned once they are to stop. All ranks call it together.
std::optional<EvalReport> evaluate(const CausalLm& model, WeightAccess& access, Communicator& comm,
                                   const EvalPlanner& planner, BatchBuilder& batches, RunRequests& requests);

}  // namespace hone
