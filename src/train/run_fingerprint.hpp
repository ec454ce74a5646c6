#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/fingerprint.hpp"
#include "dataset/manifest.hpp"
#include "train/config/config.hpp"

namespace hone {

/// What follows from configuration, data and rank count together.
struct RunNumbers {
  std::int64_t total_steps = 0;
  std::int64_t warmup_steps = 0;
  std::int64_t global_batch = 0;   // rows (packs) per step
  std::int64_t pack_capacity = 0;  // tokens; 0: no packing
};

/// Of the rows of all parts.
std::string content_sha256(const Manifest& data);

/// Of what the first weights are read from.
struct StartDigests {
  std::string model;    // model_fingerprint() of the base
  std::string adapter;  // adapter_fingerprint() of --lora_weight_path; "" without
};

/// Everything that decides which weights a run ends with; rank count, stage and threads are not among it.
/// `lora`: what the run's adapters are, in names that the model has; null without.
Fingerprint run_fingerprint(const TrainConfig& config, const Manifest& data, const RunNumbers& numbers,
                            const StartDigests& start, const LoraOptions* lora);

}  // namespace hone
