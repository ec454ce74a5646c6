#include "train/config/deepspeed_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"

namespace hone {
namespace {

using Type = DeepSpeedType;
using Use = DeepSpeedUse;

void add(std::vector<DeepSpeedKey>& keys, const std::string& block, Type type, Use use,
         std::initializer_list<const char*> names, const std::string& flag_or_reason = "") {
  const std::string prefix = block.empty() ? "" : block + ".";
  for (const char* name : names) keys.push_back({prefix + name, type, use, flag_or_reason});
}

void add_top(std::vector<DeepSpeedKey>& keys) {
  add(keys, "", Type::kInteger, Use::kChecked, {"train_batch_size"});
  add(keys, "", Type::kInteger, Use::kFlag, {"train_micro_batch_size_per_gpu"},
      "per_device_train_batch_size");
  add(keys, "", Type::kInteger, Use::kFlag, {"gradient_accumulation_steps"}, "gradient_accumulation_steps");
  add(keys, "", Type::kNumber, Use::kFlag, {"gradient_clipping"}, "max_grad_norm");
  add(keys, "bf16", Type::kBool, Use::kFlag, {"enabled"}, "bf16");
  add(keys, "bfloat16", Type::kBool, Use::kFlag, {"enabled"}, "bf16");
  add(keys, "bf16", Type::kBool, Use::kNoMeaning, {"immediate_grad_update", "check_grad_overflow"});
  add(keys, "fp16", Type::kBool, Use::kFlag, {"enabled"}, "fp16");
  add(keys, "fp16", Type::kBool, Use::kChecked, {"consecutive_hysteresis"});
  add(keys, "fp16", Type::kNumber, Use::kChecked, {"loss_scale", "min_loss_scale"});
  add(keys, "fp16", Type::kInteger, Use::kChecked,
      {"loss_scale_window", "initial_scale_power", "hysteresis"});
  add(keys, "fp16", Type::kBool, Use::kNoMeaning, {"auto_cast"});
  add(keys, "fp16", Type::kBool, Use::kRefused, {"fp16_master_weights_and_grads"},
      "masters and gradients are fp32");
  add(keys, "amp", Type::kBool, Use::kRefused, {"enabled"}, "NVIDIA Apex is not used here");
  add(keys, "amp", Type::kText, Use::kNoMeaning, {"opt_level"});
  add(keys, "", Type::kNumber, Use::kNoMeaning, {"steps_per_print", "gradient_predivide_factor"});
  add(keys, "", Type::kBool, Use::kNoMeaning,
      {"wall_clock_breakdown", "prescale_gradients", "sparse_gradients", "dump_state", "memory_breakdown",
       "zero_allow_untested_optimizer", "zero_force_ds_cpu_optimizer", "disable_allgather",
       "use_data_before_expert_parallelism"});
  add(keys, "", Type::kBool, Use::kRefused, {"dataloader_drop_last"}, "no row is ever dropped");
  add(keys, "", Type::kText, Use::kNoMeaning, {"communication_data_type"});
  add(keys, "", Type::kObject, Use::kNoMeaning,
      {"activation_checkpointing", "aio", "autotuning", "checkpoint", "comms_logger", "csv_monitor",
       "data_types", "flops_profiler", "tensorboard", "timers", "wandb"});
  for (const char* block : {"compression_training", "curriculum_learning", "data_efficiency", "elasticity",
                            "hybrid_engine", "progressive_layer_drop", "quantize_training",
                            "sparse_attention", "eigenvalue", "tensor_parallel", "pipeline"}) {
    add(keys, "", Type::kObject, Use::kRefused, {block}, "Hone doesn't have it");
  }
}

void add_optimizer_and_scheduler(std::vector<DeepSpeedKey>& keys) {
  add(keys, "optimizer", Type::kText, Use::kChecked, {"type"});
  add(keys, "optimizer.params", Type::kNumber, Use::kFlag, {"lr"}, "learning_rate");
  add(keys, "optimizer.params", Type::kNumberPair, Use::kChecked, {"betas"});
  add(keys, "optimizer.params", Type::kNumber, Use::kFlag, {"eps"}, "adam_epsilon");
  add(keys, "optimizer.params", Type::kNumber, Use::kFlag, {"weight_decay"}, "weight_decay");
  add(keys, "optimizer.params", Type::kBool, Use::kChecked, {"adam_w_mode", "bias_correction"});
  add(keys, "optimizer.params", Type::kBool, Use::kRefused, {"amsgrad"}, "the optimizer is plain AdamW");
  add(keys, "optimizer.params", Type::kBool, Use::kNoMeaning, {"torch_adam", "fused"});
  add(keys, "optimizer", Type::kBool, Use::kNoMeaning, {"legacy_fusion"});
  add(keys, "scheduler", Type::kText, Use::kChecked, {"type"});
  add(keys, "scheduler.params", Type::kNumber, Use::kFlag, {"warmup_max_lr"}, "learning_rate");
  add(keys, "scheduler.params", Type::kInteger, Use::kFlag, {"warmup_num_steps"}, "warmup_steps");
  add(keys, "scheduler.params", Type::kNumber, Use::kChecked, {"warmup_min_lr"});
  add(keys, "scheduler.params", Type::kText, Use::kChecked, {"warmup_type"});
  add(keys, "scheduler.params", Type::kInteger, Use::kNoMeaning, {"total_num_steps", "last_batch_iteration"});
}

void add_zero(std::vector<DeepSpeedKey>& keys) {
  const std::string zero = "zero_optimization";
  add(keys, zero, Type::kInteger, Use::kFlag, {"stage"}, "zero_stage");
  for (const char* offload : {"offload_optimizer", "offload_param"}) {
    const std::string block = zero + "." + offload;
    add(keys, block, Type::kText, Use::kChecked, {"device"});
    add(keys, block, Type::kText, Use::kNoMeaning, {"nvme_path"});
    add(keys, block, Type::kBool, Use::kNoMeaning,
        {"pin_memory", "fast_init", "pipeline", "pipeline_read", "pipeline_write"});
    add(keys, block, Type::kNumber, Use::kNoMeaning, {"buffer_count", "buffer_size", "max_in_cpu", "ratio"});
  }
  add(keys, zero, Type::kBool, Use::kChecked, {"cpu_offload", "cpu_offload_params"});
  add(keys, zero, Type::kBool, Use::kRefused,
      {"zero_quantized_weights", "zero_quantized_gradients", "zero_quantized_nontrainable_weights"},
      "weights and gradients travel unquantised");
  add(keys, zero, Type::kBool, Use::kNoMeaning,
      {"allgather_partitions", "overlap_comm", "reduce_scatter", "contiguous_gradients",
       "round_robin_gradients", "load_from_fp32_weights", "elastic_checkpoint", "legacy_stage1",
       "ignore_unused_parameters", "stage3_gather_16bit_weights_on_model_save",
       "stage3_gather_fp16_weights_on_model_save", "use_multi_rank_bucket_allreduce",
       "memory_efficient_linear", "use_all_reduce_for_fetch_params"});
  add(keys, zero, Type::kNumber, Use::kNoMeaning,
      {"allgather_bucket_size", "reduce_bucket_size", "sub_group_size", "stage3_prefetch_bucket_size",
       "stage3_param_persistence_threshold", "stage3_model_persistence_threshold",
       "stage3_max_live_parameters", "stage3_max_reuse_distance", "param_persistence_threshold",
       "model_persistence_threshold", "max_live_parameters", "max_reuse_distance", "prefetch_bucket_size",
       "zero_hpz_partition_size", "mics_shard_size"});
}

const std::vector<DeepSpeedKey>& known_keys() {
  static const std::vector<DeepSpeedKey> kKeys = [] {
    std::vector<DeepSpeedKey> keys;
    add_top(keys);
    add_optimizer_and_scheduler(keys);
    add_zero(keys);
    return keys;
  }();
  return kKeys;
}

bool is_block(const std::string& path) {
  return std::any_of(known_keys().begin(), known_keys().end(),
                     [&](const DeepSpeedKey& key) { return key.path.rfind(path + ".", 0) == 0; });
}

/// Names that may stand inside `block` ("" for the top).
std::vector<std::string> names_in(const std::string& block) {
  const std::string prefix = block.empty() ? "" : block + ".";
  std::vector<std::string> names;
  for (const DeepSpeedKey& key : known_keys()) {
    if (key.path.rfind(prefix, 0) == 0)
      names.push_back(key.path.substr(prefix.size(), key.path.find('.', prefix.size()) - prefix.size()));
  }
  return names;
}

std::string wrong_type(const DeepSpeedLeaf& leaf) {
  const Json& value = leaf.value;
  if (leaf.is_auto())
    return leaf.key->type == Type::kText || leaf.key->path == "zero_optimization.stage" ? "a value of its own"
                                                                                        : "";
  const auto is_whole = [&] {
    return value.is_number() && std::trunc(value.get<double>()) == value.get<double>();
  };
  switch (leaf.key->type) {
    case Type::kInteger: return is_whole() ? "" : "a whole number";
    case Type::kNumber: return value.is_number() ? "" : "a number";
    case Type::kBool: return value.is_boolean() ? "" : "true or false";
    case Type::kText: return value.is_string() ? "" : "a text";
    case Type::kObject: return value.is_object() ? "" : "an object";
    case Type::kNumberPair:
      return value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number()
                 ? ""
                 : "two numbers";
  }
  return "";
}

void collect(const Json& object, const std::string& block, const std::string& file,
             std::vector<DeepSpeedLeaf>& leaves) {
  for (const auto& [name, value] : object.items()) {
    const std::string path = block.empty() ? name : fmt::format("{}.{}", block, name);
    const auto key = std::find_if(known_keys().begin(), known_keys().end(),
                                  [&](const DeepSpeedKey& candidate) { return candidate.path == path; });
    if (key != known_keys().end()) {
      const DeepSpeedLeaf leaf{&*key, value};
      const std::string wanted = wrong_type(leaf);
      if (!wanted.empty())
        fail_usage(fmt::format("{} in {} must be {}, not {}", path, file, wanted, value.dump()), "", "");
      leaves.push_back(leaf);
    } else if (is_block(path)) {
      if (!value.is_object())
        fail_usage(fmt::format("{} in {} must be an object, not {}", path, file, value.dump()), "", "");
      collect(value, path, file, leaves);
    } else {
      fail_usage(fmt::format("{} in {} is not a key of DeepSpeed's that is known here", path, file), "",
                 suggestion(name, names_in(block)));
    }
  }
}

}  // namespace

std::vector<DeepSpeedLeaf> read_deepspeed_leaves(const Json& json, const std::string& file) {
  if (!json.is_object()) fail_usage(fmt::format("{} must hold one JSON object", file), "", "");
  std::vector<DeepSpeedLeaf> leaves;
  collect(json, "", file, leaves);
  return leaves;
}

}  // namespace hone
