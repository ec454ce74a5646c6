#include "train/run_fingerprint.hpp"

#include <algorithm>
#include <vector>

#include "base/sha256.hpp"
#include "train/config/flag.hpp"

namespace hone {
namespace {

// Flags that enter the arithmetic as they are given.
constexpr const char* kFlags[] = {
    "learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "adam_beta1", "adam_beta2", "adam_epsilon",
    "weight_decay",  "weight_decay_all",  "max_grad_norm",       "packing",    "bf16"};

// The same of adapters; their dropout is drawn from the seed.
constexpr const char* kAdapterFlags[] = {"q_lora",     "bnb_4bit_quant_type", "lora_r",    "lora_alpha",
                                         "use_rslora", "lora_dropout",        "lora_bias", "seed"};

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

// Where it isn't DeepSpeed's usual one, as the fp16 block says.
void add_loss_scale(const TrainConfig& config, OrderedJson& settings) {
  TrainConfig usual;
  usual.precision.fp16 = true;
  const OrderedJson defaults = deepspeed_settings(usual), given = deepspeed_settings(config);
  for (const auto& [name, value] : given.items()) {
    if (name.starts_with("fp16.") && value != defaults.at(name)) settings[name] = value;
  }
}

}  // namespace

std::string content_sha256(const Manifest& data) {
  Sha256 hash;
  for (const Manifest::Part& part : data.parts)
    hash.update(part.content_sha256.data(), part.content_sha256.size());
  return hash.finish();
}

Fingerprint run_fingerprint(const TrainConfig& config, const Manifest& data, const RunNumbers& numbers,
                            const StartDigests& start, const LoraOptions* lora) {
  const std::string& model = config.model.model_name_or_path;
  Fingerprint fingerprint;
  fingerprint.inputs = {{"model_name_or_path", {{"folder", model}, {"sha256", start.model}}},
                        {"data_path",
                         {{"folder", config.data.data_path},
                          {"sha256", content_sha256(data)},
                          {"turn_end_id", data.chat_template.turn_end_id}}},
                        {"tokenizer", {{"folder", model}, {"sha256", data.tokenizer_sha256}}}};
  if (!start.adapter.empty()) {
    fingerprint.inputs["lora_weight_path"] = {{"folder", config.adapter.lora_weight_path},
                                              {"sha256", start.adapter}};
  }
  OrderedJson& settings = fingerprint.settings;
  for (const char* name : kFlags) settings[name] = find_flag(name)->get(config);
  if (config.precision.fp16) {
    settings["fp16"] = true;
    add_loss_scale(config, settings);
  }
  settings["use_lora"] = lora != nullptr;
  if (lora != nullptr) {
    for (const char* name : kAdapterFlags) settings[name] = find_flag(name)->get(config);
    settings["lora_target_modules"] = sorted(lora->target_modules);
    settings["modules_to_save"] = sorted(lora->modules_to_save);
  }
  settings["model_max_length"] = numbers.pack_capacity;  // decides nothing but the size of packs
  settings["max_steps"] = numbers.total_steps;
  settings["warmup_steps"] = numbers.warmup_steps;
  settings["global_batch_size"] = numbers.global_batch;
  settings["data_seed"] = config.run.data_seed.value_or(config.run.seed);
  return fingerprint;
}

}  // namespace hone
