#include "train/evaluator.hpp"

namespace hone {

std::optional<EvalReport> evaluate(const CausalLm& model, WeightAccess& access, Communicator& comm,
                                   const EvalPlanner& planner, BatchBuilder& batches, RunRequests& requests) {
  double loss = 0;
  for (const MicroBatchPlan& micro_batch : planner.micro_batches(comm.rank())) {
    comm.activity().start("evaluation: reading rows");
    const MicroBatch batch = batches.build(micro_batch);
    comm.activity().start("evaluation");
    loss += requests.sum_and_agree(model.loss(batch, access).item<double>());
    if (requests.stop()) return std::nullopt;
  }
  const std::int64_t targets = planner.target_count();
  return EvalReport{loss / static_cast<double>(targets), targets};
}

}  // namespace hone
