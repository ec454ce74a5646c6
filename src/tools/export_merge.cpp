#include "tools/export_merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "adapter/four_bit_name.hpp"
#include "adapter/lora_table.hpp"
#include "base/cores.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/new_folder.hpp"
#include "base/text.hpp"
#include "checkpoint/adapter_config.hpp"
#include "checkpoint/merged_model.hpp"
#include "checkpoint/model_fingerprint.hpp"
#include "checkpoint/model_writer.hpp"
#include "checkpoint/side_files.hpp"
#include "tools/export_output.hpp"
#include "train/saved_form.hpp"

namespace hone {
namespace {

const std::int64_t kDefaultShardBytes = SaveOptions{}.max_shard_size;

AdapterConfig read_config(const std::filesystem::path& adapter) {
  if (std::filesystem::exists(adapter / "manifest.json") &&
      !std::filesystem::exists(adapter / kAdapterConfig)) {
    fail_data(fmt::format("{} is a training checkpoint, not an adapter", adapter.string()), "",
              "make one of it first: hone-export --checkpoint");
  }
  return read_adapter_config(adapter);
}

// Says what vouches for the base beside its shapes.
std::string check_base(const ExportOptions& options, const std::optional<AdapterOrigin>& origin) {
  if (!origin) return "the adapter records no base: its shapes alone were checked";
  if (options.allow_other_base) return "its fingerprint was not checked (--allow_other_base)";
  require_same_base(origin->base_fingerprint, model_fingerprint(options.base), options.adapter, options.base,
                    "give the base it was trained over, or say --allow_other_base");
  return "by its fingerprint (config and samples of every tensor) the one that the adapter was trained over";
}

std::optional<FourBitType> quantisation_to_merge_into(const ExportOptions& options,
                                                      const std::optional<AdapterOrigin>& origin) {
  if (options.base_weights == BaseWeights::kOriginal) return std::nullopt;
  if (!origin) {
    if (options.quant_type) return options.quant_type;
    fail_usage("--base_weights dequantized needs --bnb_4bit_quant_type",
               fmt::format("{} does not record what its base was quantised to", options.adapter),
               "say nf4 or fp4");
  }
  if (!origin->quantised) {
    fail_usage("--base_weights dequantized does not fit",
               fmt::format("{} was trained over weights that were not quantised", options.adapter),
               "leave it out");
  }
  if (options.quant_type && options.quant_type != origin->quantised) {
    fail_usage(fmt::format("--bnb_4bit_quant_type {} contradicts {}", four_bit_name(*options.quant_type),
                           options.adapter),
               fmt::format("it was trained over {}", four_bit_name(*origin->quantised)), "leave it out");
  }
  return origin->quantised;
}

std::string describe_base_weights(const std::optional<FourBitType>& merged_into,
                                  const std::optional<AdapterOrigin>& origin) {
  if (merged_into) return fmt::format("as {} restores them, as in training", four_bit_name(*merged_into));
  if (origin && origin->quantised) {
    return fmt::format("the original ones; training saw them in {}, which --base_weights dequantized gives",
                       four_bit_name(*origin->quantised));
  }
  return "the original ones";
}

void print_summary(const MergedModel::Summary& summary, std::size_t tensors) {
  std::string besides;
  if (summary.replaced > 0) besides += fmt::format(", {} replaced whole", summary.replaced);
  if (summary.quantised > 0) besides += fmt::format(", {} restored from four bits", summary.quantised);
  log::info("merged     {} of {} tensors with an adapter{}", summary.merged, tensors, besides);
  if (summary.idle == summary.merged) {
    log::warn("every lora_B of the adapter is zero: it changes nothing{}",
              summary.replaced > 0 ? " but what it holds whole" : "");
    return;
  }
  if (summary.idle > 0)
    log::warn("lora_B is zero in {} of {} adapters: they change nothing", summary.idle, summary.merged);
  log::info("change     {:.3e} on average where there are adapters, {:.3e} at most (in {})",
            summary.change_sum / static_cast<double>(summary.changed_elements), summary.largest_change,
            summary.most_changed);
}

}  // namespace

void export_merged(const ExportOptions& options) {
  const std::filesystem::path base = options.base, adapter_folder = options.adapter;
  const std::vector<UnitSpec> base_table = unjoined(weight_table(read_model_config(base)));
  AdapterConfig adapter = read_config(adapter_folder);
  const LoraPlace place = lora_place(adapter_folder);
  adapter.lora.target_modules = resolve_target_modules(base_table, adapter.lora.target_modules, place);
  std::vector<UnitSpec> table = lora_table(base_table, adapter.lora, place);
  const ModelReader base_weights(base, base_table);
  const AdapterReader adapter_weights(adapter_folder, table, adapter.lora);
  const std::optional<AdapterOrigin>& origin = adapter_weights.origin();
  const std::optional<FourBitType> quantised = quantisation_to_merge_into(options, origin);
  if (quantised) quantise_frozen_matrices(table);
  const std::string base_check = check_base(options, origin);
  NewFolder output(options.output, "--output");
  for (const std::string& line : check_side_files(base)) log::warn("{}", line);

  log::info("base       {}, {} parameters in {}; {}", base.string(), human_count(parameter_count(base_table)),
            base_weights.formats().text(), base_check);
  log::info("weights    {}", describe_base_weights(quantised, origin));
  log::info("adapter    {}: rank {}, scaled by {:g}, on {}", adapter_folder.string(), adapter.lora.rank,
            adapter.lora.scaling(), fmt::join(adapter.lora.target_modules, ", "));

  std::vector<const WeightSpec*> weights;
  std::vector<const WeightPart*> parts;
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : unit.weights) {
      if (is_adapter_parameter(weight.parts.front().name)) continue;
      weights.push_back(&weight);
      parts.push_back(&weight.parts.front());
    }
  }
  const WeightFormats formats =
      save_formats(options.dtype.value_or(SaveDtype::kAsBase), base_weights.formats());
  MergedModel merged(base_weights, adapter_weights,
                     {adapter.lora, quantised,
                      options.threads > 0 ? options.threads : static_cast<int>(own_cores().count())});
  ModelWriter writer(output.path(), parts,
                     {base, formats, options.max_shard_bytes.value_or(kDefaultShardBytes),
                      origin ? origin->turn_end_id : -1});
  std::vector<float> values;
  for (const WeightSpec* const weight : weights) {
    merged.read(*weight, values);
    const WeightPart& part = weight->parts.front();
    require_finite(part, formats.of(part.name), values);
    writer.append(part, values.data());
  }
  writer.finish();
  const ModelReader written(output.path(), base_table);  // throws when anything is missing or misshapen
  output.finish();
  print_summary(merged.summary(), parts.size());
  print_written(options.output, parts, formats);
}

}  // namespace hone
