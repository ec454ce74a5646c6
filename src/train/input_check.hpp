#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "dataset/dataset.hpp"
#include "model/model_config.hpp"
#include "train/config/config.hpp"

namespace hone {

/// Refuses a dataset that was not made for this model: another tokenizer or chat template, ids beyond the
/// embedding, rows longer than the model's positions, rows without a target. Throws Error(kData) naming both
/// sides.
void require_dataset_fits_model(const Dataset& dataset, const std::filesystem::path& model_folder,
                                const ModelConfig& config);

/// `model_max_length` in tokens; 0: as the dataset was made. Throws Error(kUsage) when a row is longer.
void require_rows_fit(const Dataset& dataset, std::int64_t model_max_length);

/// Throws Error(kUsage) where a folder that a flag names can't be looked at.
void require_reachable_folders(const TrainConfig& config);

/// Throws Error(kUsage) when `output` is one of the folders that the run reads, or one of them lies in a
/// checkpoint of it, by whatever path.
void require_output_apart(const std::filesystem::path& output,
                          const std::vector<std::filesystem::path>& inputs);

}  // namespace hone
