#include "train/run_memory.hpp"

#include "train/memory_estimate.hpp"

namespace hone {
namespace {

// Of every row its place, length and targets, and its place in an epoch's order.
constexpr double kBytesPerRow = 24;

MicroBatchSize largest_trained(const TrainConfig& config, const Dataset& rows, std::int64_t pack_capacity) {
  return heaviest_micro_batch(rows.lengths(), rows.target_counts(), config.batch.per_device_train_batch_size,
                              pack_capacity);
}

MicroBatchSize largest_evaluated(const TrainConfig& config, const std::optional<Dataset>& rows) {
  if (!rows || config.eval.eval_strategy == Interval::kNo) return {};
  return heaviest_micro_batch(rows->lengths(), rows->target_counts(), config.batch.per_device_eval_batch_size,
                              0);
}

}  // namespace

RunMemory run_memory(const TrainConfig& config, const RunInputs& inputs, const Sharding& sharding,
                     std::int64_t pack_capacity, std::int64_t snapshot) {
  const MemoryEstimate estimate =
      estimate_memory(inputs.plan().config, inputs.plan().table, sharding,
                      config.precision.gradient_checkpointing ? Activations::kRecompute : Activations::kKeep,
                      largest_trained(config, inputs.dataset(), pack_capacity),
                      largest_evaluated(config, inputs.eval_dataset()));
  RunMemory memory{estimate.total(), estimate.offloaded};
  std::int64_t rows = inputs.dataset().rows();
  if (inputs.eval_dataset()) rows += inputs.eval_dataset()->rows();
  double& host = sharding.device.is_cpu() ? memory.computing : memory.beside;
  host += kBytesPerRow * static_cast<double>(rows);
  if (config.save.save_strategy != Interval::kNo) host += static_cast<double>(snapshot);
  return memory;
}

}  // namespace hone
