#include "train/config/foreign_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/error.hpp"

namespace hone {
namespace {

const std::vector<std::string> kOff = {"false", "0", "no", "none", "null", ""};
const std::vector<std::string> kOn = {"true", "1", "yes"};

/// Speed, logging to other services, the Python data loader, launchers: nothing here that changes the trained
/// weights.
std::vector<ForeignFlag> without_meaning() {
  std::vector<ForeignFlag> flags;
  for (const char* name : {"ddp_find_unused_parameters",
                           "ddp_broadcast_buffers",
                           "ddp_static_graph",
                           "dataloader_pin_memory",
                           "dataloader_persistent_workers",
                           "dataloader_in_order",
                           "disable_tqdm",
                           "log_on_each_node",
                           "logging_first_step",
                           "logging_nan_inf_filter",
                           "include_tokens_per_second",
                           "include_inputs_for_metrics",
                           "remove_unused_columns",
                           "lazy_preprocess",
                           "use_cache",
                           "tf32",
                           "bf16_full_eval",
                           "torch_compile",
                           "use_liger_kernel",
                           "prediction_loss_only",
                           "eval_do_concat_batches",
                           "eval_use_gather_object",
                           "batch_eval_metrics",
                           "skip_memory_metrics",
                           "save_on_each_node",
                           "full_determinism",
                           "do_train",
                           "do_eval",
                           "restore_callback_states_from_checkpoint",
                           "enable_jit_checkpoint",
                           "trust_remote_code",
                           "hub_private_repo",
                           "hub_always_push",
                           "jit_mode_eval",
                           "use_flash_attn",
                           "use_fast_tokenizer"}) {
    flags.push_back({name, FlagShape::kBool, {}, "", ""});
  }
  for (const char* name : {"ddp_bucket_cap_mb",
                           "ddp_backend",
                           "local_rank",
                           "dataloader_num_workers",
                           "dataloader_prefetch_factor",
                           "dataloader_multiprocessing_context",
                           "preprocessing_num_workers",
                           "run_name",
                           "project",
                           "trackio_space_id",
                           "trackio_bucket_id",
                           "trackio_static_space_id",
                           "log_level",
                           "log_level_replica",
                           "logging_dir",
                           "logging_strategy",
                           "include_num_input_tokens_seen",
                           "length_column_name",
                           "cache_dir",
                           "gradient_checkpointing_kwargs",
                           "activation_checkpointing_kwargs",
                           "torch_compile_backend",
                           "torch_compile_mode",
                           "liger_kernel_config",
                           "torch_empty_cache_steps",
                           "eval_accumulation_steps",
                           "accelerator_config",
                           "hub_token",
                           "hub_model_id",
                           "hub_strategy",
                           "hub_revision",
                           "half_precision_backend",
                           "fp16_opt_level",
                           "ray_scope",
                           "attn_implementation"}) {
    flags.push_back({name, FlagShape::kValue, {}, "", ""});
  }
  for (const char* name : {"report_to", "label_names", "include_for_metrics", "debug"}) {
    flags.push_back({name, FlagShape::kList, {}, "", ""});
  }
  return flags;
}

/// What another trainer would do and Hone doesn't: going on in silence would train a different model.
std::vector<ForeignFlag> with_effect() {
  return {
      {"fp16_full_eval", FlagShape::kBool, kOff, "evaluation computes as training does", "leave it out"},
      {"label_smoothing_factor",
       FlagShape::kValue,
       {"0", "0.0"},
       "the loss is the plain cross-entropy",
       "leave it out"},
      {"neftune_noise_alpha",
       FlagShape::kValue,
       {"0", "0.0", "none", "null"},
       "embedding noise is not implemented",
       "leave it out"},
      {"optim_args", FlagShape::kValue, kOff,
       "the optimizer is AdamW with adam_beta1, adam_beta2, adam_epsilon", "use those flags"},
      {"optim_target_modules", FlagShape::kList, kOff, "the optimizer is AdamW on every weight",
       "leave it out"},
      {"adafactor", FlagShape::kBool, kOff, "the optimizer is AdamW", "leave it out"},
      {"auto_find_batch_size", FlagShape::kBool, kOff, "the batch size is never changed behind your back",
       "see the memory estimate of --dry_run and set --per_device_train_batch_size"},
      {"greater_is_better", FlagShape::kBool, kOff, "the best model is the one with the lowest eval_loss",
       "leave it out"},
      {"early_stopping_threshold",
       FlagShape::kValue,
       {"0", "0.0"},
       "any lower eval_loss counts as better",
       "leave it out"},
      {"metric_for_best_model",
       FlagShape::kValue,
       {"none", "null", "", "loss", "eval_loss"},
       "only the loss is evaluated",
       "leave it out"},
      {"ignore_data_skip", FlagShape::kBool, kOff, "a resumed run goes on with the rows that come next",
       "leave it out"},
      {"dataloader_drop_last", FlagShape::kBool, kOff, "no row is ever dropped", "leave it out"},
      {"group_by_length", FlagShape::kBool, kOff,
       "batches hold no padding, and grouping would change the order of rows", "leave it out"},
      {"train_sampling_strategy",
       FlagShape::kValue,
       {"random"},
       "rows are always shuffled by data_seed and epoch",
       "leave it out"},
      {"average_tokens_across_devices", FlagShape::kBool, kOn,
       "the loss is always the mean over the target tokens of all ranks", "leave it out"},
      {"fsdp", FlagShape::kList, kOff, "weights are sharded by --zero_stage", "use --zero_stage 3"},
      {"fsdp_config", FlagShape::kValue, kOff, "weights are sharded by --zero_stage", "use --zero_stage 3"},
      {"parallelism_config", FlagShape::kValue, kOff, "there is data parallelism with ZeRO only",
       "leave it out"},
      {"push_to_hub", FlagShape::kBool, kOff, "Hone never uploads", "upload output_dir after the run"},
      {"eval_delay",
       FlagShape::kValue,
       {"0", "0.0"},
       "evaluation follows eval_steps from the start",
       "leave it out"},
      {"eval_on_start", FlagShape::kBool, kOff, "evaluation follows eval_steps", "leave it out"},
      {"save_only_model", FlagShape::kBool, kOff, "a checkpoint always holds what resuming needs",
       "use --save_strategy no for the final model alone"},
      {"save_safetensors", FlagShape::kBool, kOn, "weights are always written as safetensors",
       "leave it out"},
      {"do_predict", FlagShape::kBool, kOff, "Hone only trains and evaluates", "leave it out"},
  };
}

std::vector<ForeignFlag> make_foreign_flags() {
  std::vector<ForeignFlag> all = without_meaning();
  for (ForeignFlag& flag : with_effect()) all.push_back(std::move(flag));
  return all;
}

std::string lower_text(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_empty(const Json& value) { return (value.is_array() || value.is_object()) && value.empty(); }

}  // namespace

std::span<const ForeignFlag> foreign_flags() {
  static const std::vector<ForeignFlag> kFlags = make_foreign_flags();
  return kFlags;
}

const ForeignFlag* find_foreign_flag(const std::string& name) {
  for (const ForeignFlag& flag : foreign_flags()) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

void refuse_unless_neutral(const ForeignFlag& flag, const FlagValue& given) {
  if (flag.neutral.empty() || is_empty(given.value)) return;
  const Json& value = given.value.is_array() && given.value.size() == 1 ? given.value.front() : given.value;
  const std::string text = lower_text(value);
  if (std::find(flag.neutral.begin(), flag.neutral.end(), text) != flag.neutral.end()) return;
  fail_usage(fmt::format("{} {} is not supported", given.place, shown(given)), flag.reason, flag.remedy);
}

std::string current_name(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOlder = {{
      {"evaluation_strategy", "eval_strategy"},
      {"timeout", "ddp_timeout"},
      {"per_gpu_train_batch_size", "per_device_train_batch_size"},
      {"per_gpu_eval_batch_size", "per_device_eval_batch_size"},
      {"activation_checkpointing", "gradient_checkpointing"},
      {"model", "model_name_or_path"},
      {"data", "data_path"},
  }};
  for (const auto& [older, current] : kOlder) {
    if (older == name) return std::string(current);
  }
  return name;
}

}  // namespace hone
