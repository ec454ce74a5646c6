#include "checkpoint/model_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {
namespace {

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";
constexpr const char* kHead = "lm_head.weight";

// The files to open, and by the index which file must hold which name (empty without an index).
std::pair<std::set<std::string>, std::map<std::string, std::string>> files_of(
    const std::filesystem::path& folder) {
  if (std::filesystem::is_regular_file(folder / kIndexFile)) {
    const Json index = read_json_file(folder / kIndexFile);
    const auto map =
        json_field<std::map<std::string, std::string>>(index, "weight_map", (folder / kIndexFile).string());
    std::set<std::string> files;
    for (const auto& [name, file] : map) {
      files.insert(file);
      if (!std::filesystem::is_regular_file(folder / file)) {
        fail_data(fmt::format("{} is missing", (folder / file).string()),
                  fmt::format("the index says it holds {}", name), "copy or download the whole model folder");
      }
    }
    return {files, map};
  }
  if (!std::filesystem::is_regular_file(folder / kSingleFile)) {
    fail_data(fmt::format("{} holds no weights", folder.string()),
              "neither model.safetensors nor its index is there", "give a folder with safetensors weights");
  }
  return {{kSingleFile}, {}};
}

// Buffers and doubled heads that published folders carry and no parameter of the table is.
bool ignorable(const std::string& name) { return name == kHead || name.ends_with(".rotary_emb.inv_freq"); }

// transformers unties a head that differs from the embedding, whatever config.json says; ignoring it would
// train another model.
bool same_bytes(const SafetensorsFile& file, const TensorInfo& tensor, const SafetensorsFile& other_file,
                const TensorInfo& other) {
  if (tensor.dtype != other.dtype || tensor.shape != other.shape) return false;
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 22;
  const std::uint64_t bytes = tensor.end - tensor.begin;
  std::vector<char> left(std::min(bytes, kPiece)), right(left.size());
  for (std::uint64_t begin = 0; begin < bytes; begin += kPiece) {
    const std::uint64_t run = std::min(kPiece, bytes - begin);
    file.read(tensor, begin, run, left.data());
    other_file.read(other, begin, run, right.data());
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(run), right.begin()))
      return false;
  }
  return true;
}

}  // namespace

ModelReader::ModelReader(const std::filesystem::path& folder, const std::vector<UnitSpec>& table) {
  const auto [files, index] = files_of(folder);
  for (const std::string& file : files) files_.emplace_back(folder / file);
  if (!index.empty() && !files.contains(kSingleFile) && std::filesystem::exists(folder / kSingleFile)) {
    note_ = fmt::format(
        "{} has an index and a {} beside it; the index is followed, and transformers would read the "
        "other file: remove what is left over",
        folder.string(), kSingleFile);
  }
  std::map<std::string, Place> found;
  for (const SafetensorsFile& file : files_) {
    for (const auto& [name, tensor] : file.tensors()) {
      const auto indexed = index.find(name);
      if (!index.empty() && (indexed == index.end() || indexed->second != file.path().filename())) continue;
      found[name] = {&file, &tensor, FloatFormat::kFloat32};
    }
  }
  for (const auto& [name, file] : index) {
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
    if (name == kHead && !same_bytes(*place.file, *place.tensor, *embedding.file, *embedding.tensor)) {
      fail_data(fmt::format("{}: {} differs from the embedding", folder.string(), name),
                "config.json ties the two", "set tie_word_embeddings to false, or remove the tensor");
    }
    if (!ignorable(name)) {
      fail_data(fmt::format("{}: unexpected parameter {}", folder.string(), name),
                "config.json describes no such weight",
                "check that config.json and the weights belong together");
    }
  }
  format_ = embedding.format;
}

void ModelReader::read_range(const WeightPart& part, std::int64_t offset, std::int64_t count,
                             float* out) const {
  const Place& place = places_.at(part.name);
  read_floats(*place.file, *place.tensor, place.format, offset, count, out);
}

}  // namespace hone
