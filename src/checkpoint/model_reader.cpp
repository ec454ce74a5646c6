#include "checkpoint/model_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "checkpoint/model_files.hpp"

namespace hone {
namespace {

constexpr const char* kHead = "lm_head.weight";

// Buffers and doubled heads that published folders carry and no parameter of the table is.
bool ignorable(const std::string& name) { return name == kHead || name.ends_with(".rotary_emb.inv_freq"); }

}  // namespace

ModelReader::ModelReader(const std::filesystem::path& folder, const std::vector<UnitSpec>& table) {
  const ModelFiles files = model_files(folder);
  for (const std::string& file : files.names) files_.emplace_back(folder / file);
  if (files.single_beside_index) {
    note_ = fmt::format(
        "{} has an index and a model.safetensors beside it; the index is followed, and transformers would "
        "read the other file: remove what is left over",
        folder.string());
  }
  std::map<std::string, Place> found;
  for (const SafetensorsFile& file : files_) {
    for (const auto& [name, tensor] : file.tensors()) {
      if (!files.counts(name, file.path().filename().string())) continue;
      found[name] = {&file, &tensor, FloatFormat::kFloat32};
    }
  }
  for (const auto& [name, file] : files.index) {
    if (!found.contains(name)) {
      fail_data(fmt::format("{} has no {}", (folder / file).string(), name), "the index says it is there",
                "copy or download the whole model folder");
    }
  }
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : unit.weights) {
      for (const WeightPart& part : weight.parts) {
        const auto place = found.find(part.name);
        if (place == found.end()) {
          fail_data(fmt::format("{}: parameter {} is missing", folder.string(), part.name),
                    "config.json asks for it", "check that config.json and the weights belong together");
        }
        const TensorInfo& tensor = *place->second.tensor;
        if (tensor.shape != part.shape) {
          fail_data(
              fmt::format("{}: {} has shape [{}]", folder.string(), part.name, fmt::join(tensor.shape, ", ")),
              fmt::format("config.json makes it [{}]", fmt::join(part.shape, ", ")),
              "check that config.json and the weights belong together");
        }
        if (!parse_float_format(tensor.dtype, place->second.format)) {
          fail_data(fmt::format("{}: {} is stored as {}", folder.string(), part.name, tensor.dtype),
                    "only F32, BF16 and F16 weights can be trained", "give the original 16-bit model");
        }
        places_.insert(*place);
        found.erase(place);
      }
    }
  }
  const Place& embedding = places_.at(table.front().weights.front().parts.front().name);
  for (const auto& [name, place] : found) {
    // transformers unties a head that differs from the embedding, whatever config.json says; ignoring it
    // would train another model.
    if (name == kHead && !same_values(*place.file, *place.tensor, *embedding.file, *embedding.tensor)) {
      fail_data(fmt::format("{}: {} differs from the embedding", folder.string(), name),
                "config.json ties the two", "set tie_word_embeddings to false, or remove the tensor");
    }
    if (!ignorable(name)) {
      fail_data(fmt::format("{}: unexpected parameter {}", folder.string(), name),
                "config.json describes no such weight",
                "check that config.json and the weights belong together");
    }
  }
  formats_.usual = embedding.format;
  for (const auto& [name, place] : places_) {
    if (place.format != formats_.usual) formats_.others[name] = place.format;
  }
}

void ModelReader::read_range(const WeightPart& part, std::int64_t offset, std::int64_t count,
                             float* out) const {
  const Place& place = places_.at(part.name);
  read_floats(*place.file, *place.tensor, place.format, offset, count, out);
}

}  // namespace hone
