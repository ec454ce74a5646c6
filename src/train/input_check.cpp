#include "train/input_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/output_name.hpp"
#include "base/sha256.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "dataset/model_identity.hpp"

namespace hone {
namespace {

constexpr const char* kPrepareAgain =
    "prepare the data again with hone-preprocess --tokenizer and this model's folder";

}  // namespace

void require_dataset_fits_model(const Dataset& dataset, const std::filesystem::path& model_folder,
                                const ModelConfig& config) {
  const std::string name = dataset.folder().string();
  const Manifest& manifest = dataset.manifest();
  if (const std::string model = tokenizer_sha256(model_folder); model != manifest.tokenizer_sha256) {
    fail_data(fmt::format("{} was made with another tokenizer than {} has", name, model_folder.string()),
              fmt::format("SHA-256 {:.12} against {:.12}", manifest.tokenizer_sha256, model), kPrepareAgain);
  }
  if (const std::string& recorded = manifest.chat_template.sha256; !recorded.empty()) {
    const std::string model = sha256_of(chat_template_text(model_folder));
    if (model != recorded) {
      fail_data(
          fmt::format("{} was made with another chat template than {} has", name, model_folder.string()),
          fmt::format("SHA-256 {:.12} against {:.12}", recorded, model), kPrepareAgain);
    }
  }
  if (static_cast<std::int64_t>(manifest.max_id) >= config.vocab_size) {
    fail_data(fmt::format("{} holds token id {}", name, manifest.max_id),
              fmt::format("the model's embedding has {} rows", config.vocab_size), kPrepareAgain);
  }
  const std::uint32_t longest = *std::max_element(dataset.lengths().begin(), dataset.lengths().end());
  if (static_cast<std::int64_t>(longest) > config.max_position_embeddings) {
    fail_data(fmt::format("{} has a row of {} tokens", name, longest),
              fmt::format("the model has {} positions", config.max_position_embeddings),
              "prepare the data with a smaller --model_max_length");
  }
  const auto targets = dataset.target_counts();
  if (const auto empty = std::find(targets.begin(), targets.end(), 0U); empty != targets.end()) {
    fail_data(fmt::format("{}: row {} has no target", name, empty - targets.begin()),
              "nothing could be learned from it", "leave such rows out; hone-preprocess drops them");
  }
}

void require_rows_fit(const Dataset& dataset, std::int64_t model_max_length) {
  const std::uint32_t longest = *std::max_element(dataset.lengths().begin(), dataset.lengths().end());
  if (model_max_length == 0 || static_cast<std::int64_t>(longest) <= model_max_length) return;
  fail_usage(fmt::format("--model_max_length {} is below the longest row", model_max_length),
             fmt::format("{} has one of {} tokens, and rows are never cut in training",
                         dataset.folder().string(), longest),
             "leave it out, or prepare the data with that --model_max_length");
}

void require_reachable_folders(const TrainConfig& config) {
  for (const auto& [path, flag] : {std::pair{config.model.model_name_or_path, "--model_name_or_path"},
                                   {config.data.data_path, "--data_path"},
                                   {config.data.eval_data_path, "--eval_data_path"},
                                   {config.adapter.lora_weight_path, "--lora_weight_path"},
                                   {config.save.output_dir, "--output_dir"},
                                   {config.save.resume_from_checkpoint, "--resume_from_checkpoint"}}) {
    require_reachable(path, flag);
  }
}

void require_output_apart(const std::filesystem::path& output,
                          const std::vector<std::filesystem::path>& inputs) {
  if (output.empty()) return;
  for (const std::filesystem::path& input : inputs) {
    if (input.empty()) continue;
    std::error_code not_there;
    const std::filesystem::path within = canonical_path(input).lexically_relative(canonical_path(output));
    if (!within.empty() && within.begin()->string().starts_with(kCheckpointPrefix)) {
      fail_usage(fmt::format("{} is a checkpoint of --output_dir and an input of this run", input.string()),
                 "the run removes and writes checkpoints there", "choose another --output_dir");
    }
    if (!std::filesystem::equivalent(output, input, not_there)) continue;
    fail_usage(fmt::format("--output_dir {} is an input of this run", output.string()),
               fmt::format("the result would be written over {}", input.string()), "choose another folder");
  }
}

}  // namespace hone
