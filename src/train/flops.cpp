#include "train/flops.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace hone {
namespace {

bool is_trained(const UnitSpec& unit, std::string_view key) {
  return std::any_of(unit.weights.begin(), unit.weights.end(), [&](const WeightSpec& weight) {
    return weight.key == key && weight.role == WeightRole::kTrained;
  });
}

double product_flops(const WeightSpec& weight, bool input_gradient) {
  const int products = 1 + (input_gradient ? 1 : 0) + (weight.role == WeightRole::kTrained ? 1 : 0);
  return 2.0 * static_cast<double>(weight.numel()) * products;
}

/// Walks a model from its input to its loss. A product's input gradient is needed where something below it is
/// trained.
class Walk {
 public:
  bool below() const { return below_; }
  void pass(const UnitSpec& unit, std::string_view key) { below_ = below_ || is_trained(unit, key); }
  /// A linear layer with its bias and adapters; operations per row.
  double linear(const UnitSpec& unit, const std::string& key) {
    double operations = 0;
    for (const WeightSpec& weight : unit.weights) {
      if (weight.key == key || weight.key == key + "_lora_A") operations += product_flops(weight, below_);
      if (weight.key == key + "_lora_B") operations += product_flops(weight, true);
    }
    for (const char* const part : {"", "_bias", "_lora_A", "_lora_B"}) pass(unit, key + part);
    return operations;
  }

 private:
  bool below_ = false;
};

}  // namespace

FlopCount::FlopCount(const ModelConfig& config, const std::vector<UnitSpec>& table) {
  const auto q = static_cast<double>(config.num_attention_heads * config.head_dim);
  Walk walk;
  walk.pass(table.front(), "embed_tokens");
  for (const UnitSpec& block : std::span(table).subspan(1, table.size() - 2)) {
    walk.pass(block, "input_norm");
    per_token_ += walk.linear(block, "qkv");
    walk.pass(block, "q_norm");
    walk.pass(block, "k_norm");
    per_attended_pair_ += 4 * q * (walk.below() ? 3 : 1);
    per_token_ += walk.linear(block, "o");
    walk.pass(block, "post_norm");
    per_token_ += walk.linear(block, "gate_up") + walk.linear(block, "down");
  }
  walk.pass(table.back(), "norm");
  per_target_ = config.tie_word_embeddings ? walk.linear(table.front(), "embed_tokens")
                                           : walk.linear(table.back(), "lm_head");
}

double FlopCount::of_step(std::span<const std::int64_t> lengths, std::int64_t targets) const {
  double tokens = 0, attended = 0;
  for (const std::int64_t length : lengths) {
    tokens += static_cast<double>(length);
    attended += static_cast<double>(length) * static_cast<double>(length + 1) / 2;
  }
  return per_token_ * tokens + per_attended_pair_ * attended + per_target_ * static_cast<double>(targets);
}

}  // namespace hone
