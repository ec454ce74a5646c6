#pragma once

#include "model/model_config.hpp"
#include "model/rms_norm.hpp"

namespace hone {

/// Which rows of a micro-batch predict a target, and what.
struct Targets {
  Tensor rows;  // (targets) int64: token positions whose next token is a target
  Tensor ids;   // (targets) int64
};

/// Rows of logits that are there at once at most: enough for full matmul speed, few beside the model.
std::int64_t logit_rows(const at::Device& device, std::int64_t vocabulary);

/// Final norm, output projection and cross-entropy. The logits never exist whole: target rows are taken in
/// chunks.
class Head {
 public:
  /// `projection` is lm_head, or the embedding where the model ties them.
  Head(const ModelConfig& config, Weight& norm, Weight& projection);

  struct Result {
    Tensor loss;  // sum over targets, unscaled: a scalar, fp64
    Tensor dx;    // (tokens, hidden), gradient of scale * loss
  };
  /// x: (tokens, hidden). Adds the weight gradients of scale * loss.
  Result forward_backward(const Tensor& x, const Targets& targets, double scale) const;
  /// Sum over targets of the loss: a scalar, fp64, on the device of x.
  Tensor loss(const Tensor& x, const Targets& targets) const;
  /// (tokens, vocabulary), for tests and small inputs.
  Tensor logits(const Tensor& x) const;

 private:
  RmsNorm norm_;
  Weight& projection_;
};

}  // namespace hone
