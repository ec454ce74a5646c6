#include "checkpoint/model_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "checkpoint/adapter_config.hpp"
#include "checkpoint/adapter_writer.hpp"

namespace hone {
namespace {

constexpr const char* kSingleFile = "model.safetensors";

// As any save of a model or adapter names its weights.
bool is_weight_file(const std::string& name) {
  return (name.starts_with("model") && name.ends_with(".safetensors")) || name == kWeightIndex ||
         name == kAdapterWeights || name == kAdapterConfig;
}

// Other programs, and the user, have files of that name too.
bool is_model_config(const std::filesystem::path& path) {
  const Json config = Json::parse(read_text_file(path), nullptr, /*allow_exceptions=*/false);
  return config.is_object() && (config.contains("model_type") || config.contains("architectures"));
}

}  // namespace

bool ModelFiles::counts(const std::string& tensor, const std::string& file) const {
  if (index.empty()) return true;
  const auto indexed = index.find(tensor);
  return indexed != index.end() && indexed->second == file;
}

ModelFiles model_files(const std::filesystem::path& folder) {
  ModelFiles files;
  const bool single = std::filesystem::is_regular_file(folder / kSingleFile);
  if (std::filesystem::is_regular_file(folder / kWeightIndex)) {
    const Json index = read_json_file(folder / kWeightIndex);
    files.index =
        json_field<std::map<std::string, std::string>>(index, "weight_map", (folder / kWeightIndex).string());
    for (const auto& [name, file] : files.index) {
      files.names.insert(file);
      if (!std::filesystem::is_regular_file(folder / file)) {
        fail_data(fmt::format("{} is missing", (folder / file).string()),
                  fmt::format("the index says it holds {}", name), "copy or download the whole model folder");
      }
    }
    files.single_beside_index = single && !files.index.empty() && !files.names.contains(kSingleFile);
    return files;
  }
  if (!single) {
    fail_data(fmt::format("{} holds no weights", folder.string()),
              "neither model.safetensors nor its index is there", "give a folder with safetensors weights");
  }
  files.names.insert(kSingleFile);
  return files;
}

std::string model_file_in(const std::filesystem::path& folder) {
  std::string first;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    const bool tells = is_weight_file(name) ||
                       (name == "config.json" && entry.is_regular_file() && is_model_config(entry.path()));
    if (tells && (first.empty() || name < first)) first = std::move(name);
  }
  return first;
}

void remove_index_of(const std::filesystem::path& folder, const std::set<std::string>& files) {
  const std::filesystem::path path = folder / kWeightIndex;
  if (!std::filesystem::exists(path)) return;
  const Json index = Json::parse(read_text_file(path), nullptr, /*allow_exceptions=*/false);
  const Json map = index.is_object() ? index.value("weight_map", Json()) : Json();
  const bool names_one = !map.is_object() || std::any_of(map.begin(), map.end(), [&](const Json& file) {
    return !file.is_string() || files.contains(file.get<std::string>());
  });
  if (!names_one) return;
  std::filesystem::remove(path);
  sync_to_disk(folder);
}

void remove_other_weights(const std::filesystem::path& folder, const std::set<std::string>& kept) {
  for (const char* const guide : {kWeightIndex, kAdapterConfig}) {
    if (!kept.contains(guide) && std::filesystem::remove(folder / guide)) sync_to_disk(folder);
  }
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (is_weight_file(name) && !kept.contains(name)) old.push_back(entry.path());
  }
  for (const auto& path : old) std::filesystem::remove(path);
}

}  // namespace hone
