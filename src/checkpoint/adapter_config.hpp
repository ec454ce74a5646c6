#pragma once

#include <filesystem>
#include <string>

#include "adapter/lora_options.hpp"

namespace hone {

inline constexpr const char* kAdapterConfig = "adapter_config.json";

/// That file: PEFT's description of an adapter.
struct AdapterConfig {
  LoraOptions lora;
  std::string base_model;  // as the user named it
};

/// Throws Error(kData) naming the key for a file that is no LoRA Hone can continue or merge exactly.
AdapterConfig read_adapter_config(const std::filesystem::path& folder);

/// The keys that old and new PEFT read.
void write_adapter_config(const std::filesystem::path& folder, const AdapterConfig& config);

}  // namespace hone
