#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapter/lora_options.hpp"
#include "checkpoint/adapter_origin.hpp"
#include "checkpoint/float_format.hpp"
#include "checkpoint/safetensors_file.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// The weights of a PEFT adapter folder (adapter_model.safetensors), read by ranges.
class AdapterReader {
 public:
  /// `table` is the base model's with these `options`: every trained parameter must be there in its shape,
  /// and nothing else. Throws Error(kData) naming what is missing, unexpected, or of another model.
  AdapterReader(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                const LoraOptions& options);

  /// Whether the parameter was trained with the adapter: its own, and biases or whole modules besides.
  bool holds(const WeightPart& part) const { return places_.contains(part.name); }

  /// What Hone recorded of the base; nothing for an adapter of another program.
  const std::optional<AdapterOrigin>& origin() const { return origin_; }

  /// Elements [offset, offset + count) of a trained parameter, fp32. Throws Error(kData) where one is not
  /// finite.
  void read_range(const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) const;

 private:
  struct Place {
    std::string name;  // in the file
    const TensorInfo* tensor;
    FloatFormat format;
  };

  bool repeats_saved_bias(const std::string& name) const;

  SafetensorsFile file_;
  std::optional<AdapterOrigin> origin_;
  std::map<std::string, Place> places_;  // by the parameter's name in the table
};

}  // namespace hone
