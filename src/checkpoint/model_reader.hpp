#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/safetensors_file.hpp"
#include "checkpoint/weight_formats.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// The weights of a Hugging Face folder, read by ranges so that a rank touches only what it keeps.
class ModelReader {
 public:
  /// Finds every parameter of the table in model.safetensors or, where there is an index, in the shards it
  /// names. Throws Error(kData) that names what is missing, unexpected, of another shape or of a type that is
  /// not a float.
  ModelReader(const std::filesystem::path& folder, const std::vector<UnitSpec>& table);

  /// Elements [offset, offset + count) of a parameter, fp32.
  void read_range(const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) const;

  /// What the folder stores its weights in; the usual type is the embedding's.
  const WeightFormats& formats() const { return formats_; }
  /// What the user should know of the folder; mostly "".
  const std::string& note() const { return note_; }

 private:
  struct Place {
    const SafetensorsFile* file;
    const TensorInfo* tensor;
    FloatFormat format;
  };

  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place> places_;
  WeightFormats formats_ = FloatFormat::kFloat32;
  std::string note_;
};

}  // namespace hone
