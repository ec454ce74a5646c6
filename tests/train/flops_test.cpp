// What a step is counted as against the matrix products that forward and backward ask LibTorch for.
#include "train/flops.hpp"

#include <ATen/record_function.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <string>

#include "adapter/lora_table.hpp"
#include "comm/self_communicator.hpp"
#include "model/causal_lm.hpp"
#include "model/rope_table.hpp"
#include "zero/unit_store.hpp"

namespace hone {
namespace {

constexpr std::int64_t kHeadDim = 10;  // no other dimension of a product is that

/// Operations of the matrix products (mm, addmm) called in its lifetime, without those inside attention,
/// which takes more of them than the half of the square that counts as work.
class ProductCounter {
 public:
  ProductCounter() {
    operations_ = 0;
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(note).needsInputs(true));
  }
  ~ProductCounter() { at::removeCallback(handle_); }
  ProductCounter(const ProductCounter&) = delete;
  ProductCounter& operator=(const ProductCounter&) = delete;
  double operations() const { return operations_; }

 private:
  static std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& call) {
    const std::string name = call.name();
    const bool adds = name.starts_with("aten::addmm");
    if (adds || name.starts_with("aten::mm")) {
      const auto inputs = call.inputs();
      const Tensor& left = inputs[adds ? 1 : 0].toTensor();
      const Tensor& right = inputs[adds ? 2 : 1].toTensor();
      const bool attention = left.size(1) == kHeadDim || right.size(1) == kHeadDim;
      if (!attention) operations_ += 2.0 * static_cast<double>(left.size(0) * left.size(1) * right.size(1));
    } else if (name == "mkldnn::_linear_pointwise") {
      const auto inputs =
          call.inputs();  // (x, weight, bias, ...) or, with its five, (x, residual, weight, ...)
      const Tensor& x = inputs[0].toTensor();
      const Tensor& weight = inputs[inputs.size() == 5 ? 2 : 1].toTensor();
      operations_ += 2.0 * static_cast<double>(x.size(0) * x.size(1) * weight.size(0));
    }
    return nullptr;
  }
  static inline double operations_ = 0;
  at::CallbackHandle handle_ = 0;
};

struct Case {
  std::string name;
  std::string architecture;
  bool tied;
  std::vector<std::string> targets;  // of adapters; none: everything is trained
  LoraBias bias = LoraBias::kNone;
  std::vector<std::string> modules_to_save = {};
};

constexpr std::int64_t kLengths[] = {9, 4, 17};
constexpr std::int64_t kTargets = 11;

class FlopsTest : public ::testing::TestWithParam<Case> {
 protected:
  FlopsTest() {
    if (GetParam().targets.empty()) return;
    LoraOptions options;
    options.rank = 3;
    options.dropout = 0;
    options.target_modules = resolve_target_modules(base_, GetParam().targets);
    options.bias = GetParam().bias;
    options.modules_to_save = GetParam().modules_to_save;
    table_ = lora_table(base_, options);
    maths_ = lora_maths(base_, options);
  }

  static ModelConfig make_config() {
    return parse_model_config({{"architectures", {GetParam().architecture + "ForCausalLM"}},
                               {"hidden_size", 24},
                               {"intermediate_size", 20},
                               {"num_hidden_layers", 3},
                               {"num_attention_heads", 6},
                               {"num_key_value_heads", 2},
                               {"head_dim", kHeadDim},
                               {"vocab_size", 29},
                               {"tie_word_embeddings", GetParam().tied}},
                              "config.json");
  }

  MicroBatch batch() const {
    ops::Bounds bounds = {0};
    for (const std::int64_t length : kLengths) bounds.push_back(bounds.back() + length);
    const RopeTable rope(config_, 17, at::kFloat, at::kCPU);
    return {at::ones({bounds.back()}, at::kLong),
            rope.segments(bounds),
            {at::arange(kTargets, at::kLong), at::ones({kTargets}, at::kLong)}};
  }

  double products_of(Activations activations) {
    const c10::InferenceMode inference;
    SelfCommunicator comm;
    UnitStore units(table_, comm, Sharding{0, 1, at::kFloat, at::kFloat});
    const CausalLm model(config_, units.weights(), GetParam().targets.empty() ? nullptr : &maths_);
    const MicroBatch micro_batch = batch();
    const ProductCounter counter;
    model.forward_backward(micro_batch, 1.0, activations, units);
    return counter.operations();
  }

  /// Attention's share of a step: two products over half of each sample's square, forward once, backward
  /// twice.
  double attention(std::int64_t blocks_with_backward) const {
    double pairs = 0;
    for (const std::int64_t length : kLengths) pairs += static_cast<double>(length * (length + 1)) / 2;
    return 4.0 * 6 * kHeadDim * pairs *
           static_cast<double>(config_.num_hidden_layers + 2 * blocks_with_backward);
  }

  ModelConfig config_ = make_config();
  std::vector<UnitSpec> base_ = weight_table(config_);
  std::vector<UnitSpec> table_ = base_;
  LoraMaths maths_;
};

TEST_P(FlopsTest, AStepCountsTheProductsThatRun) {
  // Adapters above the first block's attention alone leave its backward out.
  const bool first_attention = GetParam().targets != std::vector<std::string>{"down_proj"} &&
                               GetParam().targets != std::vector<std::string>{"o_proj", "up_proj"};
  const double counted = FlopCount(config_, table_).of_step(kLengths, kTargets);
  EXPECT_DOUBLE_EQ(counted, products_of(Activations::kKeep) + attention(first_attention ? 3 : 2));
}

TEST_P(FlopsTest, ForwardsRunAgainCountAsNoWorkDone) {
  EXPECT_GT(products_of(Activations::kRecompute), products_of(Activations::kKeep));
}

TEST(Flops, AFullStepIsThreeForwardsAndAFrozenOneTwo) {
  const ModelConfig config = parse_model_config({{"architectures", {"LlamaForCausalLM"}},
                                                 {"hidden_size", 576},
                                                 {"intermediate_size", 1536},
                                                 {"num_hidden_layers", 30},
                                                 {"num_attention_heads", 9},
                                                 {"num_key_value_heads", 3},
                                                 {"head_dim", 64},
                                                 {"vocab_size", 49152},
                                                 {"tie_word_embeddings", true}},
                                                "config.json");
  const std::int64_t lengths[] = {100};
  const double block = 576.0 * 960 + 576 * 576 + 3 * 576 * 1536, head = 576.0 * 49152;
  const double attention = 30 * 4.0 * 576 * 5050;
  const double forward = 2 * (30 * block * 100 + head * 40) + attention;
  EXPECT_DOUBLE_EQ(FlopCount(config, weight_table(config)).of_step(lengths, 40), 3 * forward);
  LoraOptions options;
  options.rank = 64;
  const double adapters = 64.0 * (2 * 576 + 2 * (576 + 192) + 2 * 576 + 3 * (576 + 1536));
  const double below_first_block = 2 * 100 * (576.0 * 960 + 3 * 64 * 576);
  EXPECT_DOUBLE_EQ(FlopCount(config, lora_table(weight_table(config), options)).of_step(lengths, 40),
                   2 * 2 * (30 * block * 100 + head * 40) + 3 * attention + 3 * 2 * 30 * adapters * 100 -
                       below_first_block);
}

INSTANTIATE_TEST_SUITE_P(
    Models, FlopsTest,
    ::testing::Values(
        Case{"FullTied", "Qwen2", true, {}}, Case{"FullUntied", "Qwen3", false, {}},
        Case{"AllLinear", "Qwen2", true, {"all-linear"}},
        Case{"AllLinearUntied", "Llama", false, {"all-linear"}},
        Case{"QueryAndValue", "Qwen3", true, {"q_proj", "v_proj"}},
        Case{"DownAlone", "Llama", true, {"down_proj"}},
        Case{"OutputAndUp", "Qwen3", false, {"o_proj", "up_proj"}},
        Case{"BiasesBelow", "Qwen2", false, {"up_proj"}, LoraBias::kAll},
        Case{"NormBelow", "Llama", false, {"down_proj", "o_proj"}, LoraBias::kNone, {"input_layernorm"}},
        Case{"EmbeddingBelow", "Llama", false, {"q_proj"}, LoraBias::kNone, {"embed_tokens"}},
        Case{"HeadAbove", "Llama", false, {"k_proj"}, LoraBias::kNone, {"lm_head"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace hone
