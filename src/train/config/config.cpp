#include "train/config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/cores.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "train/config/flag.hpp"
#include "train/config/schedule_options.hpp"

namespace hone {
namespace {

template <typename Value>
void require(bool holds, const char* name, const Value& value, const std::string& wanted) {
  if (!holds) fail_usage(fmt::format("--{} must be {}, not {}", name, wanted, value), "", "");
}

template <typename Value>
void require_at_least(Value least, const char* name, const Value& value) {
  require(value >= least, name, value, fmt::format("at least {}", least));
}

void require_given(const std::string& value, const char* name, const std::string& what) {
  if (value.empty()) fail_usage(fmt::format("--{} is missing", name), "", fmt::format("give {}", what));
}

void validate_adapter(const AdapterOptions& adapter) {
  require(adapter.lora.rank >= 1 && adapter.lora.rank <= 65536, "lora_r", adapter.lora.rank,
          "from 1 to 65536");
  require(adapter.lora.alpha > 0 && adapter.lora.alpha <= 1e6, "lora_alpha", adapter.lora.alpha,
          "above 0 and at most 1000000");
  // Drawn from 16 bits: outside of this a draw would be far from the probability asked for.
  const double dropout = adapter.lora.dropout;
  require(dropout == 0 || (dropout >= 0.001 && dropout <= 0.99), "lora_dropout", dropout,
          "0, or from 0.001 to 0.99");
  if (adapter.use_lora) return;
  if (adapter.q_lora) {
    fail_usage("--q_lora needs --use_lora",
               "four-bit weights can't be trained themselves, only adapters over them",
               "add --use_lora, or leave --q_lora out");
  }
  if (!adapter.lora_weight_path.empty()) {
    fail_usage("--lora_weight_path needs --use_lora", "without it every weight of the model is trained",
               "add --use_lora");
  }
}

void validate_schedule(const ScheduleOptions& schedule) {
  validate_schedule_options(schedule);
  require_at_least(0.0, "learning_rate", schedule.learning_rate);
  require(schedule.warmup_ratio >= 0 && schedule.warmup_ratio <= 1, "warmup_ratio", schedule.warmup_ratio,
          "from 0 to 1");
  require_at_least<std::int64_t>(0, "warmup_steps", schedule.warmup_steps);
  require(schedule.max_steps > 0 || schedule.max_steps == -1, "max_steps", schedule.max_steps,
          "positive, or -1 for no limit");
  require((schedule.num_train_epochs > 0 && schedule.num_train_epochs <= 1e6) || schedule.max_steps > 0,
          "num_train_epochs", schedule.num_train_epochs, "above 0 and at most 1000000");
}

void validate_optimizer(const OptimizerOptions& optimizer) {
  const std::vector<std::string> accepted = {"adamw_torch", "adamw_torch_fused", "adamw_apex_fused",
                                             "adamw_hf"};
  if (std::find(accepted.begin(), accepted.end(), optimizer.optim) == accepted.end()) {
    fail_usage(fmt::format("--optim '{}' is not supported", optimizer.optim),
               "the optimizer is AdamW with fp32 moments", "use --optim adamw_torch");
  }
  // The moments are fp32: what rounds to 1 there would keep them at 0, an epsilon of 0 would divide 0 by 0.
  const auto check_beta = [](const char* name, double beta) {
    require(beta >= 0 && static_cast<float>(beta) < 1, name, beta, "in [0, 1) when rounded to fp32");
  };
  check_beta("adam_beta1", optimizer.adam_beta1);
  check_beta("adam_beta2", optimizer.adam_beta2);
  const double epsilon = optimizer.adam_epsilon;
  require(epsilon <= std::numeric_limits<float>::max() && static_cast<float>(epsilon) > 0, "adam_epsilon",
          epsilon, "positive and finite when rounded to fp32");
  require_at_least(0.0, "weight_decay", optimizer.weight_decay);
  require_at_least(0.0, "max_grad_norm", optimizer.max_grad_norm);
}

void validate_precision(const PrecisionOptions& precision) {
  if (precision.fp16 && precision.bf16)
    fail_usage("--fp16 and --bf16 exclude each other", "values are stored in one format", "choose one");
}

void validate_batch(const BatchOptions& batch) {
  // The upper end keeps the global batch far from overflow.
  const auto check = [](const char* name, std::int64_t value) {
    require(value >= 1 && value <= 1'000'000, name, value, "from 1 to 1000000");
  };
  check("per_device_train_batch_size", batch.per_device_train_batch_size);
  check("per_device_eval_batch_size", batch.per_device_eval_batch_size);
  check("gradient_accumulation_steps", batch.gradient_accumulation_steps);
}

void validate_saving(const SaveOptions& save) {
  require_at_least<std::int64_t>(1, "save_steps", save.save_steps);
  require_at_least<std::int64_t>(0, "save_total_limit", save.save_total_limit);
  require_at_least<std::int64_t>(1, "max_shard_size", save.max_shard_size);
  if (save.resume_from_checkpoint.empty())
    fail_usage("--resume_from_checkpoint is empty", "", "give auto, none or a checkpoint's folder");
}

void validate_best_model(const TrainConfig& config) {
  const bool evaluates = config.eval.eval_strategy != Interval::kNo;
  if (config.eval.early_stopping_patience > 0 && !evaluates) {
    fail_usage("--early_stopping_patience needs --eval_strategy", "it counts evaluations",
               "say --eval_strategy steps or epoch");
  }
  if (!config.save.load_best_model_at_end) return;
  if (!evaluates || config.eval.eval_strategy != config.save.save_strategy) {
    fail_usage("--load_best_model_at_end needs --save_strategy and --eval_strategy to be the same",
               "the best checkpoint is found by its evaluation", "say steps or epoch for both");
  }
  if (config.save.save_strategy == Interval::kSteps && config.save.save_steps % eval_interval(config) != 0) {
    fail_usage(
        fmt::format("--load_best_model_at_end needs --save_steps {} to be a multiple of --eval_steps {}",
                    config.save.save_steps, eval_interval(config)),
        "a checkpoint without evaluation can't be the best", "change one of them");
  }
}

void validate_hf_model(const TrainConfig& config) {
  if (!config.save.save_hf_model || !config.adapter.use_lora) return;
  fail_usage("--save_hf_model is for runs that train the whole model",
             "with --use_lora every checkpoint holds the adapter as PEFT loads it", "leave it out");
}

void validate_run(const RunOptions& run) {
  require(run.max_hours >= 0 && std::isfinite(run.max_hours), "max_hours", run.max_hours,
          "a number of hours, 0 for no limit");
  require_at_least<std::int64_t>(1, "logging_steps", run.logging_steps);
  require(run.threads >= 0 && run.threads <= kMostThreads, "threads", run.threads,
          fmt::format("from 0 to {}", kMostThreads));
  require_at_least<std::int64_t>(0, "seed", run.seed);
  require_at_least<std::int64_t>(0, "data_seed", run.data_seed.value_or(0));
  require_at_least<std::int64_t>(1, "ddp_timeout", run.comm_timeout_seconds);
}

}  // namespace

void validate_values(const TrainConfig& config) {
  // The upper end keeps tokens of a batch of packs far from overflow.
  require(config.data.model_max_length >= 0 && config.data.model_max_length <= 1'000'000'000,
          "model_max_length", config.data.model_max_length, "from 0 to 1000000000");
  validate_adapter(config.adapter);
  validate_schedule(config.schedule);
  validate_optimizer(config.optimizer);
  validate_precision(config.precision);
  validate_batch(config.batch);
  require(config.zero.zero_stage >= 0 && config.zero.zero_stage <= 3, "zero_stage", config.zero.zero_stage,
          "0, 1, 2 or 3");
  require_at_least<std::int64_t>(0, "eval_steps", config.eval.eval_steps);
  require_at_least<std::int64_t>(0, "early_stopping_patience", config.eval.early_stopping_patience);
  validate_saving(config.save);
  validate_run(config.run);
}

void validate(const TrainConfig& config) {
  require_given(config.model.model_name_or_path, "model_name_or_path", "the base model's folder");
  require_given(config.data.data_path, "data_path", "a dataset folder that hone-preprocess wrote");
  if (!config.run.dry_run)
    require_given(config.save.output_dir, "output_dir", "the folder that the model goes to");
  if (config.eval.eval_strategy != Interval::kNo && config.data.eval_data_path.empty())
    fail_usage("--eval_strategy needs --eval_data_path", "there are no rows to evaluate on",
               "give a dataset folder, or --eval_strategy no");
  validate_best_model(config);
  validate_hf_model(config);
  validate_values(config);
}

std::int64_t eval_interval(const TrainConfig& config) {
  return config.eval.eval_steps > 0 ? config.eval.eval_steps : config.run.logging_steps;
}

bool is_due(Interval strategy, std::int64_t interval, std::int64_t step, double epoch,
            std::int64_t total_steps) {
  switch (strategy) {
    case Interval::kNo: return false;
    case Interval::kSteps: return step % interval == 0 || step == total_steps;
    case Interval::kEpoch: return epoch == std::floor(epoch) || step == total_steps;
  }
  return false;
}

std::int64_t global_batch_size(const TrainConfig& config, std::int64_t ranks) {
  return ranks * config.batch.per_device_train_batch_size * config.batch.gradient_accumulation_steps;
}

void validate_for_ranks(const TrainConfig& config, std::int64_t ranks) {
  const std::int64_t batch = global_batch_size(config, ranks);
  if (!config.zero.train_batch_size || *config.zero.train_batch_size == batch) return;
  fail_usage(
      fmt::format(
          "train_batch_size {} in {} contradicts the run's {} = {} rank{} x {} rows x {} accumulation steps",
          *config.zero.train_batch_size, config.zero.deepspeed, batch, ranks, ranks == 1 ? "" : "s",
          config.batch.per_device_train_batch_size, config.batch.gradient_accumulation_steps),
      "", "write \"auto\" there, or change --gradient_accumulation_steps or --per_device_train_batch_size");
}

void validate_for_cuda(const TrainConfig& config) {
  const ZeroOptions& zero = config.zero;
  if (!zero.offload_param || zero.zero_stage == 3) return;
  fail_usage(fmt::format("zero_optimization.offload_param in {} needs stage 3, this run has stage {}",
                         zero.deepspeed, zero.zero_stage),
             "the lower stages keep every parameter on the device",
             "use stage 3, or leave offload_param out");
}

OrderedJson to_json(const TrainConfig& config) {
  OrderedJson json;
  for (const Flag& flag : flags()) json[flag.name] = flag.get(config);
  return json;
}

OrderedJson deepspeed_settings(const TrainConfig& config) {
  OrderedJson json = {{"zero_optimization.offload_optimizer", config.zero.offload_optimizer},
                      {"zero_optimization.offload_param", config.zero.offload_param}};
  if (!config.precision.fp16) return json;
  const LossScaleOptions& scale = config.precision.loss_scale;
  json["fp16.loss_scale"] = scale.fixed;
  json["fp16.initial_scale_power"] = scale.initial_power;
  json["fp16.loss_scale_window"] = scale.window;
  json["fp16.hysteresis"] = scale.hysteresis;
  json["fp16.consecutive_hysteresis"] = scale.consecutive_hysteresis;
  json["fp16.min_loss_scale"] = scale.minimum;
  return json;
}

}  // namespace hone
