#include "train/evaluator.hpp"

namespace hone {

EvalReport evaluate(const CausalLm& model, WeightAccess& access, Communicator& comm,
                    const EvalPlanner& planner, BatchBuilder& batches) {
  double loss = 0;
  for (const MicroBatchPlan& micro_batch : planner.micro_batches(comm.rank())) {
    loss += model.loss(batches.build(micro_batch), access);
  }
  const std::int64_t targets = planner.target_count();
  return {comm.all_reduce_scalar(loss) / static_cast<double>(targets), targets};
}

}  // namespace hone
