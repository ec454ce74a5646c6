#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace hone {

/// Says which file holds which weight, where there are several.
inline constexpr const char* kWeightIndex = "model.safetensors.index.json";

/// The files of a Hugging Face folder that hold its weights; others with such names are no part of the model.
struct ModelFiles {
  std::set<std::string> names;               // in the folder
  std::map<std::string, std::string> index;  // which of them must hold which tensor; empty without an index
  bool single_beside_index = false;          // a model.safetensors that the index passes over

  /// Whether the tensor that `file` holds is the model's.
  bool counts(const std::string& tensor, const std::string& file) const;
};

/// model.safetensors or, where there is an index, the shards it names. Throws Error(kData) where neither is
/// there or a shard is missing.
ModelFiles model_files(const std::filesystem::path& folder);

/// The first file in a folder, by name, that tells of a model there: weights as saves name them, their index,
/// an adapter's configuration, or a config.json of a model; empty where there is none.
std::string model_file_in(const std::filesystem::path& folder);

/// Removes the index where it names one of `files`, or can't be read, on disk before it returns: files of
/// that name may then be another model's.
void remove_index_of(const std::filesystem::path& folder, const std::set<std::string>& files);

/// Removes what an earlier save of any form left: a loader must not find two models. What leads loaders to
/// weights goes before these. `kept`: names of weight files and of an index that stay.
void remove_other_weights(const std::filesystem::path& folder, const std::set<std::string>& kept);

}  // namespace hone
