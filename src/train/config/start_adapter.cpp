#include "train/config/start_adapter.hpp"

#include "checkpoint/adapter_config.hpp"

namespace hone {

void complete_from_start(AdapterOptions& adapter, const GivenFlags& given) {
  if (!adapter.use_lora || adapter.lora_weight_path.empty()) return;
  const LoraOptions start = read_adapter_config(adapter.lora_weight_path).lora;
  LoraOptions& lora = adapter.lora;
  const auto unsaid = [&](const char* flag) { return !given.contains(flag); };
  if (unsaid("lora_r")) lora.rank = start.rank;
  if (unsaid("lora_alpha")) lora.alpha = start.alpha;
  if (unsaid("use_rslora")) lora.rslora = start.rslora;
  if (unsaid("lora_dropout")) lora.dropout = start.dropout;
  if (unsaid("lora_bias")) lora.bias = start.bias;
  if (unsaid("lora_target_modules")) lora.target_modules = start.target_modules;
  if (unsaid("modules_to_save")) lora.modules_to_save = start.modules_to_save;
}

}  // namespace hone
