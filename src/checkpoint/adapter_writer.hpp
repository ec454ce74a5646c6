#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/adapter_config.hpp"
#include "checkpoint/adapter_origin.hpp"
#include "checkpoint/safetensors_writer.hpp"
#include "model/weight_table.hpp"

namespace hone {

inline constexpr const char* kAdapterWeights = "adapter_model.safetensors";

/// Writes a PEFT adapter folder: weights one tensor at a time, then adapter_config.json, then the base's
/// tokenizer and template files.
class AdapterWriter {
 public:
  struct Options {
    AdapterConfig config;
    AdapterOrigin origin;
    std::filesystem::path base;  // folder whose tokenizer and template files are copied
    FloatFormat format = FloatFormat::kFloat32;
  };

  /// `parts` in the order in which append() gets them; they must outlive the writer. Throws
  /// Error(kRunTimeFailure).
  AdapterWriter(std::filesystem::path folder, std::vector<const WeightPart*> parts, const Options& options);

  void append(const WeightPart& part, const float* values);
  /// Throws unless every part came and the file reads back complete.
  void finish();

 private:
  std::filesystem::path folder_;
  std::vector<const WeightPart*> parts_;
  Options options_;
  std::size_t next_ = 0;
  std::unique_ptr<SafetensorsWriter> writer_;
};

}  // namespace hone
