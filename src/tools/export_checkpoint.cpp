#include "tools/export_checkpoint.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/new_folder.hpp"
#include "base/text.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/model_fingerprint.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/side_files.hpp"
#include "tools/export_output.hpp"
#include "train/config/flag.hpp"
#include "train/model_output.hpp"
#include "train/model_plan.hpp"
#include "train/saved_form.hpp"
#include "train/trained_parameters.hpp"

namespace hone {
namespace {

CheckpointManifest read_manifest(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder))
    fail_data(fmt::format("{} is no folder", folder.string()), "", "give a checkpoint-N of hone-train");
  if (const std::string reason = incompleteness_of(folder); !reason.empty()) {
    fail_data(fmt::format("{} is not a complete checkpoint", folder.string()), reason,
              "use another checkpoint-N of hone-train");
  }
  return read_checkpoint_manifest(folder);
}

// The run's configuration as its manifest has it, with what the command line says anew.
TrainConfig run_config(const CheckpointManifest& manifest, const ExportOptions& options) {
  TrainConfig config;
  for (const Flag& flag : flags()) {
    const auto value = manifest.config.find(flag.name);
    if (value == manifest.config.end() || value->is_null()) continue;
    flag.set(config, {Json::parse(value->dump()),
                      fmt::format("'{}' in {}/manifest.json", flag.name, options.checkpoint)});
  }
  config.adapter.lora_weight_path.clear();  // its weights are long in the state
  if (!options.base.empty()) config.model.model_name_or_path = options.base;
  if (options.dtype) config.save.save_dtype = *options.dtype;
  if (options.max_shard_bytes) config.save.max_shard_size = *options.max_shard_bytes;
  return config;
}

void require_base(const std::string& base, const CheckpointManifest& manifest, const ExportOptions& options) {
  if (!std::filesystem::is_directory(base)) {
    fail_data(fmt::format("the base model of {} is not at {}", options.checkpoint, base),
              "its config and tokenizer files are part of the result", "say where it is with --base DIR");
  }
  if (options.allow_other_base) return;
  require_same_base(base_fingerprint(manifest.fingerprint), model_fingerprint(base), options.checkpoint, base,
                    "give the base it was trained from as --base, or say --allow_other_base");
}

ModelOutput output_of(const TrainConfig& config, const ModelPlan& plan, const Fingerprint& fingerprint) {
  const std::int64_t end = turn_end_id(fingerprint);
  if (plan.lora) return adapter_output(config, *plan.lora, base_fingerprint(fingerprint), end);
  const std::string& base = config.model.model_name_or_path;
  return ModelWriter::Options{base,
                              save_formats(config.save.save_dtype, ModelReader(base, plan.base).formats()),
                              config.save.max_shard_size, end};
}

}  // namespace

void export_checkpoint(const ExportOptions& options) {
  const std::filesystem::path folder = std::filesystem::path(options.checkpoint).lexically_normal();
  const CheckpointManifest manifest = read_manifest(folder.has_filename() ? folder : folder.parent_path());
  const TrainConfig config = run_config(manifest, options);
  const std::string& base = config.model.model_name_or_path;
  require_base(base, manifest, options);
  const ModelPlan plan = plan_model(config.model, config.adapter);
  if (plan.lora && options.max_shard_bytes) {
    fail_usage("--max_shard_size has no effect",
               fmt::format("{} is one of LoRA, and an adapter is one file", options.checkpoint),
               "leave it out");
  }
  require_same_parameters(trained_parameters(plan.table), manifest.parameters, folder);
  const StateReader state(folder, manifest.files, manifest.parameters);
  NewFolder output(options.output, "--output");
  for (const std::string& line : check_side_files(base)) log::warn("{}", line);
  log::info("checkpoint {}: step {}, {} rank{}, {}", options.checkpoint, manifest.step, manifest.ranks,
            manifest.ranks == 1 ? "" : "s", plan.lora ? "adapters" : "all weights of the model");

  const ModelOutput form = output_of(config, plan, manifest.fingerprint);
  write_output(output.path(), plan.table, state, form, require_finite);
  output.finish();
  const std::vector<WeightPart> saved = saved_parameters(plan.table);
  std::vector<const WeightPart*> parts;
  for (const WeightPart& part : saved) parts.push_back(&part);
  print_written(options.output, parts, formats_of(form));
}

}  // namespace hone
