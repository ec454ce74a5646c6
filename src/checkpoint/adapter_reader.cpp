#include "checkpoint/adapter_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "adapter/lora_table.hpp"
#include "base/error.hpp"
#include "checkpoint/adapter_writer.hpp"

namespace hone {
namespace {

std::filesystem::path weights_of(const std::filesystem::path& folder) {
  std::filesystem::path path = folder / kAdapterWeights;
  if (std::filesystem::is_regular_file(path)) return path;
  const bool pickled = std::filesystem::exists(folder / "adapter_model.bin");
  fail_data(
      fmt::format("{} is missing", path.string()),
      pickled ? "adapter_model.bin is a Python pickle, which can run code" : "an adapter folder holds it",
      pickled ? "save the adapter again with safetensors" : "give the folder of a PEFT adapter");
}

}  // namespace

AdapterReader::AdapterReader(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                             const LoraOptions& options)
    : file_(weights_of(folder)), origin_(parse_adapter_origin(file_.metadata(), file_.path().string())) {
  const std::string place = file_.path().string();
  std::set<std::string> unclaimed;
  for (const auto& [name, tensor] : file_.tensors()) unclaimed.insert(name);
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : unit.weights) {
      if (weight.role != WeightRole::kTrained) continue;
      for (const WeightPart& part : weight.parts) {
        const std::string name = adapter_file_name(part.name, options);
        const auto found = file_.tensors().find(name);
        if (found == file_.tensors().end()) {
          fail_data(fmt::format("{} has no {}", place, name),
                    "adapter_config.json and the base model ask for it",
                    "check that adapter, its config and the base model belong together");
        }
        if (found->second.shape != part.shape) {
          fail_data(fmt::format("{}: {} has shape [{}]", place, name, fmt::join(found->second.shape, ", ")),
                    fmt::format("the base model makes it [{}]", fmt::join(part.shape, ", ")),
                    "give the adapter of this model");
        }
        Place tensor{name, &found->second, FloatFormat::kFloat32};
        if (!parse_float_format(found->second.dtype, tensor.format)) {
          fail_data(fmt::format("{}: {} is stored as {}", place, name, found->second.dtype),
                    "adapters are F32, BF16 or F16", "save it again in one of them");
        }
        places_.emplace(part.name, tensor);
        unclaimed.erase(name);
      }
    }
  }
  std::erase_if(unclaimed, [&](const std::string& name) { return repeats_saved_bias(name); });
  if (!unclaimed.empty()) {
    fail_data(fmt::format("{}: unexpected {}", place, *unclaimed.begin()),
              "adapter_config.json or the base model has no place for it",
              "check that adapter, its config and the base model belong together");
  }
}

// Under bias "all" PEFT writes the bias of a module that is saved whole three times: as the module's, as that
// of the trained copy, which is the same, and as that of the module which the copy stands in for.
bool AdapterReader::repeats_saved_bias(const std::string& name) const {
  for (const std::string which : {".modules_to_save", ".original_module"}) {
    const std::string end = which + ".bias";
    if (!name.ends_with(end)) continue;
    const std::string own = name.substr(0, name.size() - end.size()) + ".bias";
    const bool claimed = std::any_of(places_.begin(), places_.end(),
                                     [&](const auto& place) { return place.second.name == own; });
    if (!claimed) return false;
    if (which == ".original_module") return true;
    if (same_values(file_, file_.tensors().at(name), file_, file_.tensors().at(own))) return true;
    fail_data(fmt::format("{}: {} differs from {}", file_.path().string(), name, own),
              "PEFT saves the two alike", "save the adapter again");
  }
  return false;
}

void AdapterReader::read_range(const WeightPart& part, std::int64_t offset, std::int64_t count,
                               float* out) const {
  const Place& place = places_.at(part.name);
  read_floats(file_, *place.tensor, place.format, offset, count, out);
  if (!all_finite(FloatFormat::kFloat32, out, count)) {
    fail_data(fmt::format("{}: {} holds values that are not finite", file_.path().string(), place.name),
              "the training that it comes from diverged", "give another adapter");
  }
}

}  // namespace hone
