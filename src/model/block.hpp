#pragma once

#include "model/mlp.hpp"
#include "model/self_attention.hpp"

namespace hone {

/// One pre-norm decoder block: x + attention(norm(x)), then + mlp(norm(.)).
class Block {
 public:
  struct Saved {
    Tensor input;              // (tokens, hidden)
    Tensor input_inverse_rms;  // (tokens)
    SelfAttention::Saved attention;
    Tensor middle, middle_inverse_rms;  // (tokens, hidden), (tokens): between attention and mlp
    Mlp::Saved mlp;
  };

  /// `layer` counts blocks from 0. `lora` may be null; it must outlive the block.
  Block(const ModelConfig& config, WeightSet& weights, const LoraMaths* lora, std::uint32_t layer);

  /// x: (tokens, hidden) -> (tokens, hidden).
  Tensor forward(const Tensor& x, const Segments& segments, Saved& saved) const;
  /// dy -> gradient by x, undefined where nobody asks for it; adds the weight gradients.
  Tensor backward(const Tensor& dy, const Segments& segments, const Saved& saved, InputGradient input) const;

 private:
  RmsNorm input_norm_;
  SelfAttention attention_;
  RmsNorm post_norm_;
  Mlp mlp_;
};

}  // namespace hone
