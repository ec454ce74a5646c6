#pragma once

#include <filesystem>

#include "dataset/dataset.hpp"
#include "model/model_config.hpp"

namespace hone {

/// Refuses a dataset that was not made for this model: another tokenizer or chat template, ids beyond the
/// embedding, rows longer than the model's positions, rows without a target. Throws Error(kData) naming both
/// sides.
void require_dataset_fits_model(const Dataset& dataset, const std::filesystem::path& model_folder,
                                const ModelConfig& config);

}  // namespace hone
