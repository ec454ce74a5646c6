#include "train/evaluator.hpp"

namespace hone {

EvalReport evaluate(const CausalLm& model, WeightAccess& access, Communicator& comm,
                    const EvalPlanner& planner, BatchBuilder& batches) {
  double loss = 0;
  for (const MicroBatchPlan& micro_batch : planner.micro_batches(comm.rank())) {
    comm.activity().start("evaluation: reading rows");
    const MicroBatch batch = batches.build(micro_batch);
    comm.activity().start("evaluation");
    loss += model.loss(batch, access);
  }
  const std::int64_t targets = planner.target_count();
  return {comm.all_reduce_scalar(loss) / static_cast<double>(targets), targets};
}

}  // namespace hone
