#include "checkpoint/adapter_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {
namespace {

// What PEFT can do besides, and the values of a plain LoRA.
struct PlainKey {
  const char* name;
  Json plain;
};
const std::vector<PlainKey>& plain_keys() {
  static const std::vector<PlainKey> kKeys = {{"fan_in_fan_out", false},
                                              {"use_dora", false},
                                              {"use_qalora", false},
                                              {"lora_bias", false},
                                              {"rank_pattern", Json::object()},
                                              {"alpha_pattern", Json::object()},
                                              {"layers_to_transform", nullptr},
                                              {"layer_replication", nullptr},
                                              {"megatron_config", nullptr},
                                              {"target_parameters", nullptr},
                                              {"trainable_token_indices", nullptr},
                                              {"exclude_modules", nullptr},
                                              {"use_bdlora", nullptr},
                                              {"arrow_config", nullptr},
                                              {"kasa_config", nullptr},
                                              {"monteclora_config", nullptr},
                                              {"alora_invocation_tokens", nullptr}};
  return kKeys;
}

bool is_nothing(const Json& value) { return value.is_null() || (value.is_structured() && value.empty()); }

LoraBias bias_of(const std::string& word, const std::string& place) {
  for (const LoraBias bias : {LoraBias::kNone, LoraBias::kAll, LoraBias::kLoraOnly}) {
    if (word == name_of(bias)) return bias;
  }
  fail_data(fmt::format("{}: bias '{}' is unknown", place, word), "", "known: none, all, lora_only");
}

std::vector<std::string> names(const Json& json, const char* key, const std::string& place) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  if (found->is_string()) {
    if (*found == "all-linear") return {"all-linear"};
    fail_data(fmt::format("{}: {} is a pattern, '{}'", place, key, found->get<std::string>()),
              "Hone takes names", "write the names of the layers as a list");
  }
  return json_field<std::vector<std::string>>(json, key, place);
}

// What older files lack, or hold null for, is PEFT's default.
template <typename T>
T or_default(const Json& json, const char* key, T value, const std::string& place) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? value : json_field<T>(json, key, place);
}

// PiSSA and its kin begin by taking the adapter's first product out of the base's own weights: what they save
// fits no base that lies in a folder.
void refuse_changed_base(const Json& json, const std::string& place) {
  const auto found = json.find("init_lora_weights");
  if (found == json.end() || found->is_boolean() || found->is_null()) return;
  for (const char* plain : {"gaussian", "orthogonal", "eva"}) {
    if (*found == plain) return;
  }
  fail_data(fmt::format("{}: init_lora_weights is {}", place, found->dump()),
            "such an adapter changes the base's own weights", "convert it to plain LoRA with PEFT first");
}

}  // namespace

AdapterConfig read_adapter_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kAdapterConfig;
  const std::string place = path.string();
  if (!std::filesystem::is_regular_file(path)) {
    fail_data(fmt::format("{} is missing", place), "an adapter folder holds it",
              "give the folder of a PEFT adapter");
  }
  const Json json = read_json_file(path);
  const auto type = json_field<std::string>(json, "peft_type", place);
  if (type != "LORA") {
    fail_data(fmt::format("{} describes a {} adapter", place, type), "Hone trains and merges LoRA",
              "give a LoRA adapter");
  }
  for (const PlainKey& key : plain_keys()) {
    const auto found = json.find(key.name);
    if (found == json.end() || *found == key.plain || (is_nothing(*found) && is_nothing(key.plain))) continue;
    fail_data(fmt::format("{}: {} is {}", place, key.name, found->dump()), "Hone knows plain LoRA",
              "give an adapter without it");
  }
  refuse_changed_base(json, place);
  AdapterConfig config;
  config.lora.rank = json_field<std::int64_t>(json, "r", place);
  config.lora.alpha = json_field<double>(json, "lora_alpha", place);
  if (config.lora.rank < 1)
    fail_data(fmt::format("{}: r is {}", place, config.lora.rank), "a rank is at least 1",
              "give the adapter as it was saved");
  config.lora.dropout = or_default(json, "lora_dropout", 0.0, place);
  config.lora.rslora = or_default(json, "use_rslora", false, place);
  config.lora.bias = bias_of(or_default<std::string>(json, "bias", "none", place), place);
  config.lora.target_modules = names(json, "target_modules", place);
  config.lora.modules_to_save = names(json, "modules_to_save", place);
  if (config.lora.target_modules.empty()) {
    fail_data(fmt::format("{}: target_modules is missing or empty", place), "",
              "name the layers of the adapter there");
  }
  const auto base = json.find("base_model_name_or_path");
  if (base != json.end() && base->is_string()) config.base_model = base->get<std::string>();
  return config;
}

void write_adapter_config(const std::filesystem::path& folder, const AdapterConfig& config) {
  const LoraOptions& lora = config.lora;
  std::vector<std::string> targets = lora.target_modules;
  std::sort(targets.begin(), targets.end());
  OrderedJson json = {{"peft_type", "LORA"},
                      {"task_type", "CAUSAL_LM"},
                      {"base_model_name_or_path", config.base_model},
                      {"inference_mode", true},
                      {"r", lora.rank},
                      {"lora_alpha", lora.alpha},
                      {"lora_dropout", lora.dropout},
                      {"bias", name_of(lora.bias)},
                      {"target_modules", targets},
                      {"modules_to_save", nullptr},
                      {"fan_in_fan_out", false},
                      {"init_lora_weights", true}};
  // A whole number as PEFT itself writes it.
  if (lora.alpha == static_cast<double>(static_cast<std::int64_t>(lora.alpha))) {
    json["lora_alpha"] = static_cast<std::int64_t>(lora.alpha);
  }
  if (lora.rslora) json["use_rslora"] = true;
  if (!lora.modules_to_save.empty()) json["modules_to_save"] = lora.modules_to_save;
  write_file_atomically(folder / kAdapterConfig, json.dump(2) + "\n");
}

}  // namespace hone
