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

/// Everything that decides which weights a run ends with; rank count, stage and threads are not among it.
/// `model_sha256`: model_fingerprint() of the base.
Fingerprint run_fingerprint(const TrainConfig& config, const Manifest& data, const RunNumbers& numbers,
                            const std::string& model_sha256);

}  // namespace hone
