#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter/four_bit_table.hpp"
#include "adapter/lora_options.hpp"
#include "base/json.hpp"
#include "comm/device.hpp"
#include "optim/loss_scaler.hpp"

namespace hone {

enum class Packing { kNone, kBestFit };
enum class Interval { kNo, kSteps, kEpoch };
enum class SaveDtype { kAsBase, kFloat32, kBfloat16, kFloat16 };

struct ModelOptions {
  std::string model_name_or_path;  // folder of the base model (config.json, safetensors, tokenizer)
};

struct AdapterOptions {
  bool use_lora = false;  // train adapters, not the model's own weights
  bool q_lora = false;    // keep the frozen matrices of the blocks in four bits
  FourBitType quant_type = FourBitType::kNf4;
  LoraOptions lora;
  std::string lora_weight_path;  // adapter folder whose weights training starts from, at step 0
};

struct DataOptions {
  std::string data_path;       // dataset folder written by hone-preprocess
  std::string eval_data_path;  // the same for held-out rows; empty: no evaluation
  Packing packing =
      Packing::kNone;  // none: a batch counts samples; best_fit: it counts packs of model_max_length
  std::int64_t model_max_length = 0;  // tokens; 0: what the dataset was made with
};

struct ScheduleOptions {
  double learning_rate = 5e-5;               // the peak
  std::string lr_scheduler_type = "linear";  // transformers' names, and warmup_lr (DeepSpeed's WarmupLR)
  OrderedJson lr_scheduler_kwargs =
      OrderedJson::object();      // numbers and words by name, e.g. {"min_lr": 1e-5}
  double warmup_ratio = 0.0;      // share of all steps; used where warmup_steps is 0
  std::int64_t warmup_steps = 0;  // optimizer steps
  double num_train_epochs = 3.0;  // may be fractional; used where max_steps is not positive
  std::int64_t max_steps = -1;    // optimizer steps; positive: overrides num_train_epochs
};

struct OptimizerOptions {
  std::string optim = "adamw_torch";  // every accepted name is the same AdamW
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double weight_decay = 0.0;
  bool weight_decay_all = false;  // true: norms and biases decay too, as in the Qwen example
  double max_grad_norm = 1.0;     // global norm; 0: no clipping
};

struct BatchOptions {
  std::int64_t per_device_train_batch_size = 8;  // rows (packs with packing) per rank and micro-batch
  std::int64_t per_device_eval_batch_size = 8;
  std::int64_t gradient_accumulation_steps = 1;
};

struct ZeroOptions {
  int zero_stage = 3;     // what is sharded: 0 nothing, 1 optimizer state, 2 + gradients, 3 + parameters
  std::string deepspeed;  // DeepSpeed JSON this run was read from; empty: none
  /// The JSON's offload_optimizer and offload_param to cpu: what a CUDA device leaves in host memory.
  bool offload_optimizer = false, offload_param = false;
  /// The JSON's own train_batch_size; `resolve` holds it against ranks x micro-batch x accumulation.
  std::optional<std::int64_t> train_batch_size;
};

struct PrecisionOptions {
  bool fp16 = false;                    // fp16 storage and gathers, with a scaled loss
  LossScaleOptions loss_scale;          // of fp16; from the DeepSpeed JSON alone
  bool bf16 = false;                    // bf16 storage and gathers; compute in bf16 where the device has it
  bool gradient_checkpointing = false;  // keep only block inputs, run each block again in backward
};

struct EvalOptions {
  Interval eval_strategy = Interval::kNo;
  std::int64_t eval_steps = 0;  // optimizer steps; 0: as logging_steps
  /// Ends the run after so many evaluations in a row without a lower loss; 0: never.
  std::int64_t early_stopping_patience = 0;
};

struct SaveOptions {
  std::string output_dir;
  bool overwrite_output_dir = false;
  Interval save_strategy = Interval::kSteps;    // checkpoints; the final model is always written
  std::int64_t save_steps = 500;                // optimizer steps
  std::int64_t save_total_limit = 0;            // checkpoints kept; 0: all
  SaveDtype save_dtype = SaveDtype::kAsBase;    // dtype of the final model's weights
  std::int64_t max_shard_size = 5'000'000'000;  // bytes per safetensors file
  std::string resume_from_checkpoint = "auto";  // auto | none | folder of a checkpoint
  std::vector<std::string> allow_changed;       // what may differ from the checkpoint, by flag name
  bool save_hf_model = false;                   // checkpoints of a full run hold the model for others too
  bool load_best_model_at_end = false;          // the final model is that of the lowest eval_loss
};

struct RunOptions {
  std::int64_t logging_steps = 500;  // optimizer steps between lines of metrics.jsonl
  DeviceChoice device = DeviceChoice::kAuto;
  int threads = 0;  // compute threads per rank; 0: the cores of the host / its ranks
  std::int64_t seed = 42;
  std::optional<std::int64_t> data_seed;     // order of the rows; as seed where not given
  double max_hours = 0;                      // from the launch to a stop in good order; 0: no limit
  std::int64_t comm_timeout_seconds = 1800;  // how long a collective waits for an idle rank (ddp_timeout)
  bool dry_run = false;                      // check and plan only
};

/// The effective configuration of one training run, a plain value.
struct TrainConfig {
  ModelOptions model;
  AdapterOptions adapter;
  DataOptions data;
  ScheduleOptions schedule;
  OptimizerOptions optimizer;
  BatchOptions batch;
  ZeroOptions zero;
  PrecisionOptions precision;
  EvalOptions eval;
  SaveOptions save;
  RunOptions run;
};

/// Checks that what a run needs is given, and validate_values, without touching any file. Throws
/// Error(kUsage).
void validate(const TrainConfig& config);

/// Checks the range of every value that is there. Throws Error(kUsage).
void validate_values(const TrainConfig& config);

/// Checks what only the rank count decides (the DeepSpeed JSON's train_batch_size). Throws Error(kUsage).
void validate_for_ranks(const TrainConfig& config, std::int64_t ranks);

/// Checks that what is asked for can be had on a CUDA device. Throws Error(kUsage).
void validate_for_cuda(const TrainConfig& config);

/// Optimizer steps between evaluations of eval_strategy steps.
std::int64_t eval_interval(const TrainConfig& config);

/// Whether what comes at `strategy`, for kSteps after every `interval` steps, comes after step `step` of
/// `total_steps`, which ends after `epoch` epochs. Whatever comes at all comes after the last step too.
bool is_due(Interval strategy, std::int64_t interval, std::int64_t step, double epoch,
            std::int64_t total_steps);

/// Rows (packs) per optimizer step over all ranks.
std::int64_t global_batch_size(const TrainConfig& config, std::int64_t ranks);

/// One flat object, keys and spellings as on the command line, in the order of --help; reading it again by
/// --config gives the same configuration.
OrderedJson to_json(const TrainConfig& config);

/// What only a DeepSpeed JSON can say, by the paths of its keys; "fp16." before those of the loss scale,
/// which are there with fp16 alone.
OrderedJson deepspeed_settings(const TrainConfig& config);

}  // namespace hone
