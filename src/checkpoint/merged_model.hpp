#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter/four_bit_table.hpp"
#include "adapter/lora_options.hpp"
#include "checkpoint/adapter_reader.hpp"
#include "checkpoint/model_reader.hpp"

namespace hone {

/// A base model's parameters with every one a weight of its own, where layers would join them: an adapter may
/// be on one alone.
std::vector<UnitSpec> unjoined(const std::vector<UnitSpec>& table);

/// The weights of a base model with an adapter folded in, W + scaling B A in fp32, one parameter at a time.
class MergedModel {
 public:
  struct Options {
    LoraOptions lora;
    std::optional<FourBitType> quantised;  // merge into what Q-LoRA's layers saw of the base
    int threads = 1;
  };
  /// What reading has merged so far.
  struct Summary {
    std::int64_t merged = 0;     // matrices with an adapter
    std::int64_t idle = 0;       // of them, with B all zero
    std::int64_t replaced = 0;   // parameters that the adapter holds whole
    std::int64_t quantised = 0;  // matrices that went through four bits
    double change_sum = 0;       // magnitudes of scaling B A, and how many elements they are of
    std::int64_t changed_elements = 0;
    float largest_change = 0;
    std::string most_changed;  // parameter
  };

  /// The readers must outlive it.
  MergedModel(const ModelReader& base, const AdapterReader& adapter, Options options);

  /// All values of a parameter of the base model, row-major. `weight` is one part's alone (as unjoined()
  /// makes it), with the role that it had in training. Throws Error(kData).
  void read(const WeightSpec& weight, std::vector<float>& values);

  const Summary& summary() const { return summary_; }

 private:
  void add_adapter(const WeightPart& part, std::vector<float>& values);

  const ModelReader& base_;
  const AdapterReader& adapter_;
  Options options_;
  Summary summary_;
  std::vector<float> a_, b_;
};

}  // namespace hone
