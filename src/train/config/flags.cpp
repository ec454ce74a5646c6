#include "train/config/flag.hpp"

#include <filesystem>

#include "train/config/flag_binding.hpp"

// The field behind a flag; generic, because it serves reading and writing.
#define FIELD(path) ([](auto& config) -> auto& { return config.path; })

namespace hone {
namespace {

/// Steps are whole numbers here; transformers also reads a fraction as a share of the run.
void refuse_share_of_steps(const FlagValue& given, const std::string& remedy) {
  const double number = to_number(given);
  if (number > 0 && number < 1)
    fail_usage(fmt::format("{} must be a whole number of steps, not {}", given.place, shown(given)), "",
               remedy);
}

Flag steps(Flag flag, const std::string& remedy) {
  flag.set = [set = flag.set, remedy](TrainConfig& config, const FlagValue& given) {
    refuse_share_of_steps(given, remedy);
    set(config, given);
  };
  return flag;
}

Flag size_in_bytes(Flag flag) {
  flag.set = [](TrainConfig& config, const FlagValue& given) {
    config.save.max_shard_size = to_bytes(given);
  };
  return flag;
}

/// transformers writes True for "the newest checkpoint" and False for none.
Flag resume(Flag flag) {
  flag.set = [](TrainConfig& config, const FlagValue& given) {
    std::string& where = config.save.resume_from_checkpoint;
    if (given.value.is_boolean()) {
      where = given.value.get<bool>() ? "auto" : "none";
      return;
    }
    where = to_text(given);
    if (where == "True" || where == "true") where = "auto";
    if (where == "False" || where == "false") where = "none";
  };
  return flag;
}

std::vector<Flag> input_flags() {
  return {
      bind("model_name_or_path", "FOLDER", "base model: a Hugging Face folder (Qwen2, Qwen2.5, Qwen3, Llama)",
           FIELD(model.model_name_or_path)),
      bind("data_path", "FOLDER", "training rows: a dataset that hone-preprocess wrote",
           FIELD(data.data_path)),
      bind("eval_data_path", "FOLDER", "held-out rows, a dataset too", FIELD(data.eval_data_path)),
      bind("model_max_length", "TOKENS", "0: as the dataset was made; must not be below its longest row",
           FIELD(data.model_max_length)),
      bind("packing", "none|best_fit", "a batch counts rows, or packs of rows filled up to model_max_length",
           FIELD(data.packing)),
  };
}

std::vector<Flag> adapter_flags() {
  return {
      bind("use_lora", "", "train LoRA adapters and leave the model's own weights alone",
           FIELD(adapter.use_lora)),
      bind("q_lora", "", "with use_lora: keep the blocks' matrices in four bits (double quantisation)",
           FIELD(adapter.q_lora)),
      bind("bnb_4bit_quant_type", "nf4|fp4", "what q_lora keeps them in", FIELD(adapter.quant_type)),
      bind("lora_r", "N", "rank of the adapters", FIELD(adapter.lora.rank)),
      bind("lora_alpha", "X", "adapters are scaled by alpha / r", FIELD(adapter.lora.alpha)),
      bind("use_rslora", "", "scale by alpha / sqrt(r) instead", FIELD(adapter.lora.rslora)),
      bind("lora_dropout", "X", "dropout on what goes into an adapter", FIELD(adapter.lora.dropout)),
      bind("lora_target_modules", "NAME...", "linear layers that get an adapter, or all-linear",
           FIELD(adapter.lora.target_modules)),
      bind("lora_bias", "none|all|lora_only", "biases to train besides: none, all, those of the targets",
           FIELD(adapter.lora.bias)),
      bind("modules_to_save", "NAME...", "modules to train whole and keep in the adapter, such as lm_head",
           FIELD(adapter.lora.modules_to_save)),
      bind("lora_weight_path", "FOLDER", "start from this adapter's weights, at step 0",
           FIELD(adapter.lora_weight_path)),
  };
}

std::vector<Flag> schedule_flags() {
  return {
      bind("learning_rate", "X", "the peak", FIELD(schedule.learning_rate)),
      bind("lr_scheduler_type", "NAME",
           "linear, cosine, cosine_with_min_lr, constant, constant_with_warmup, polynomial, inverse_sqrt, "
           "warmup_stable_decay, warmup_lr (DeepSpeed's WarmupLR)",
           FIELD(schedule.lr_scheduler_type)),
      bind("lr_scheduler_kwargs", "JSON", "what the scheduler takes besides, such as '{\"min_lr\": 1e-5}'",
           FIELD(schedule.lr_scheduler_kwargs)),
      bind("warmup_ratio", "X", "warm-up as a share of all steps; used where warmup_steps is 0",
           FIELD(schedule.warmup_ratio)),
      steps(bind("warmup_steps", "STEPS", "warm-up in steps", FIELD(schedule.warmup_steps)),
            "give a share of the run as --warmup_ratio"),
      bind("num_train_epochs", "X", "passes over the training rows, may be fractional",
           FIELD(schedule.num_train_epochs)),
      bind("max_steps", "STEPS", "positive: ends there, whatever num_train_epochs says",
           FIELD(schedule.max_steps)),
  };
}

std::vector<Flag> optimizer_flags() {
  return {
      bind("optim", "NAME", "adamw_torch or adamw_torch_fused: the same AdamW here", FIELD(optimizer.optim)),
      bind("adam_beta1", "X", "decay of the first moment", FIELD(optimizer.adam_beta1)),
      bind("adam_beta2", "X", "decay of the second moment", FIELD(optimizer.adam_beta2)),
      bind("adam_epsilon", "X", "added to the root of the second moment", FIELD(optimizer.adam_epsilon)),
      bind("weight_decay", "X", "decoupled decay of matrices", FIELD(optimizer.weight_decay)),
      bind("weight_decay_all", "", "decay norms and biases too, as the Qwen example does",
           FIELD(optimizer.weight_decay_all)),
      bind("max_grad_norm", "X", "clips the global gradient norm; 0: never", FIELD(optimizer.max_grad_norm)),
  };
}

std::vector<Flag> batch_flags() {
  return {
      bind("per_device_train_batch_size", "ROWS", "rows (packs) per rank and micro-batch",
           FIELD(batch.per_device_train_batch_size)),
      bind("per_device_eval_batch_size", "ROWS", "the same in evaluation",
           FIELD(batch.per_device_eval_batch_size)),
      bind("gradient_accumulation_steps", "N", "micro-batches per optimizer step",
           FIELD(batch.gradient_accumulation_steps)),
  };
}

std::vector<Flag> sharding_flags() {
  return {
      bind("zero_stage", "0|1|2|3",
           "shards nothing; optimizer state; and gradients; and parameters. All give the same losses",
           FIELD(zero.zero_stage)),
      bind("deepspeed", "FILE.json", "a DeepSpeed JSON; `auto` in it takes the flag's value",
           FIELD(zero.deepspeed)),
      bind("bf16", "", "bf16 storage and gathers, and compute where the device has it",
           FIELD(precision.bf16)),
      bind("fp16", "",
           "fp16 storage and gathers with a scaled loss, for cards without bf16; the DeepSpeed JSON's fp16 "
           "block sets the scale",
           FIELD(precision.fp16)),
      bind("gradient_checkpointing", "", "keep only the blocks' inputs and run each block again in backward",
           FIELD(precision.gradient_checkpointing)),
      bind("device", "auto|cpu|cuda", "auto: CUDA where the rank sees a GPU, one rank each",
           FIELD(run.device)),
      bind("threads", "N", "compute threads per rank; 0: the host's cores shared by its ranks",
           FIELD(run.threads)),
      bind("ddp_timeout", "SECONDS",
           "how long a collective may wait for a rank that does nothing (also --timeout)",
           FIELD(run.comm_timeout_seconds)),
  };
}

std::vector<Flag> output_flags() {
  return {
      bind("output_dir", "FOLDER", "checkpoints, metrics.jsonl, run.json and the final model",
           FIELD(save.output_dir)),
      bind("overwrite_output_dir", "", "start over in a folder that holds a run or a model",
           FIELD(save.overwrite_output_dir)),
      resume(bind("resume_from_checkpoint", "auto|none|FOLDER",
                  "auto (or True): the newest complete checkpoint", FIELD(save.resume_from_checkpoint))),
      bind("allow_changed", "FLAG ...",
           "what may differ from the checkpoint when resuming, such as data_path or max_steps",
           FIELD(save.allow_changed)),
      bind("save_strategy", "no|steps|epoch", "when checkpoints are written; the final model always is",
           FIELD(save.save_strategy)),
      steps(bind("save_steps", "STEPS", "for save_strategy steps", FIELD(save.save_steps)),
            "count the steps"),
      bind("save_total_limit", "N", "checkpoints kept, the newest and the best one always; 0: all",
           FIELD(save.save_total_limit)),
      bind("save_dtype", "base|float32|bfloat16|float16",
           "weights of the final model; base: as the base folder has them", FIELD(save.save_dtype)),
      bind("save_hf_model", "", "checkpoints also hold the model as a Hugging Face folder",
           FIELD(save.save_hf_model)),
      size_in_bytes(bind("max_shard_size", "SIZE", "largest safetensors file, such as 5GB or 500MiB",
                         FIELD(save.max_shard_size))),
      steps(bind("logging_steps", "STEPS", "steps between logged lines", FIELD(run.logging_steps)),
            "count the steps"),
      bind("eval_strategy", "no|steps|epoch", "when the loss on eval_data_path is taken",
           FIELD(eval.eval_strategy)),
      steps(
          bind("eval_steps", "STEPS", "for eval_strategy steps; 0: as logging_steps", FIELD(eval.eval_steps)),
          "count the steps"),
      bind("load_best_model_at_end", "",
           "the final model is that of the checkpoint with the lowest eval_loss",
           FIELD(save.load_best_model_at_end)),
      bind("early_stopping_patience", "N",
           "ends the run after N evaluations in a row without a lower eval_loss; 0: never",
           FIELD(eval.early_stopping_patience)),
  };
}

std::vector<Flag> run_flags() {
  return {
      bind("seed", "N", "every random choice follows from it", FIELD(run.seed)),
      bind("data_seed", "N", "the order of rows; as seed where not given", FIELD(run.data_seed)),
      bind("max_hours", "HOURS", "stops with a checkpoint before so many hours from the launch; 0: never",
           FIELD(run.max_hours)),
      bind("dry_run", "", "check everything, print the plan and the memory estimate, and end",
           FIELD(run.dry_run)),
  };
}

std::vector<Flag> make_flags() {
  std::vector<Flag> all;
  const auto add = [&all](const std::string& group, std::vector<Flag> part) {
    for (Flag& flag : part) {
      flag.group = group;
      all.push_back(std::move(flag));
    }
  };
  add("Model and data", input_flags());
  add("Adapters", adapter_flags());
  add("Length and learning rate", schedule_flags());
  add("AdamW", optimizer_flags());
  add("Batch", batch_flags());
  add("Sharding, precision and device", sharding_flags());
  add("Output, logging and evaluation", output_flags());
  add("Run", run_flags());
  return all;
}

}  // namespace

std::span<const Flag> flags() {
  static const std::vector<Flag> kFlags = make_flags();
  return kFlags;
}

const Flag* find_flag(const std::string& name) {
  for (const Flag& flag : flags()) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

}  // namespace hone
