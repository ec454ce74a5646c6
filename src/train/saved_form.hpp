#pragma once

#include <string>

#include "checkpoint/adapter_writer.hpp"
#include "checkpoint/fingerprint.hpp"
#include "checkpoint/weight_formats.hpp"
#include "train/model_plan.hpp"

namespace hone {

/// What --save_dtype makes of weights that the base folder stores in `base`.
WeightFormats save_formats(SaveDtype dtype, const WeightFormats& base);

/// How a run's adapter is written: the same at its end and from any of its checkpoints. `base_fingerprint` is
/// the base model's, `turn_end_id` what ends a turn in the training data (-1: unknown).
AdapterWriter::Options adapter_output(const TrainConfig& config, const LoraOptions& lora,
                                      const std::string& base_fingerprint, std::int64_t turn_end_id);

/// model_fingerprint() of the base model that the run started from.
std::string base_fingerprint(const Fingerprint& fingerprint);

/// What ends a turn in the run's training data; -1: unknown.
std::int64_t turn_end_id(const Fingerprint& fingerprint);

}  // namespace hone
