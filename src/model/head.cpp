#include "model/head.hpp"

#include <algorithm>
#include <vector>

#include "model/ops/cross_entropy.hpp"
#include "model/ops/linear.hpp"

namespace hone {

namespace {

constexpr std::int64_t kLogits =
    std::int64_t{256} * 151'936;  // 156 MB in fp32: 256 rows of Qwen's vocabulary
constexpr std::int64_t kMostRows = 512;
constexpr std::int64_t kDeviceRows =
    1024;  // a GPU's matmuls want more, and each chunk costs it a few launches

struct Chunk {
  std::int64_t begin, count;
};

// Equal ones: a short last chunk would read the whole projection for a few rows.
std::vector<Chunk> chunks_of(const Tensor& hidden, std::int64_t vocabulary) {
  const std::int64_t targets = hidden.size(0), most = logit_rows(hidden.device(), vocabulary);
  const std::int64_t chunks = (targets + most - 1) / most;
  std::vector<Chunk> result;
  for (std::int64_t i = 0; i < chunks; ++i) {
    const std::int64_t begin = targets * i / chunks;
    result.push_back({begin, targets * (i + 1) / chunks - begin});
  }
  return result;
}

}  // namespace

std::int64_t logit_rows(const at::Device& device, std::int64_t vocabulary) {
  return device.is_cpu() ? std::clamp(kLogits / vocabulary, std::int64_t{64}, kMostRows) : kDeviceRows;
}

Head::Head(const ModelConfig& config, Weight& norm, Weight& projection)
    : norm_(norm, config.rms_norm_eps), projection_(projection) {}

Head::Result Head::forward_backward(const Tensor& x, const Targets& targets, double scale) const {
  Tensor inverse_rms;
  const Tensor selected = x.index_select(0, targets.rows);
  const Tensor hidden = norm_.forward(selected, inverse_rms);
  Tensor d_hidden = at::empty_like(hidden);
  const Tensor loss = at::zeros({}, x.options().dtype(at::kDouble));
  for (const auto [begin, count] : chunks_of(hidden, projection_.value().size(0))) {
    const Tensor chunk = hidden.narrow(0, begin, count);
    Tensor logits = ops::linear(chunk, projection_.value(), {});
    loss.add_(ops::cross_entropy_backward_(logits, targets.ids.narrow(0, begin, count), scale));
    d_hidden.narrow(0, begin, count).copy_(ops::linear_backward_input(logits, projection_.value()));
    ops::linear_backward_weight(logits, chunk, projection_.grad(), {});
  }
  Tensor dx = at::zeros_like(x);
  dx.index_copy_(0, targets.rows, norm_.backward(d_hidden, selected, inverse_rms));
  return {loss, dx};
}

Tensor Head::loss(const Tensor& x, const Targets& targets) const {
  Tensor inverse_rms;
  const Tensor hidden = norm_.forward(x.index_select(0, targets.rows), inverse_rms);
  const Tensor loss = at::zeros({}, x.options().dtype(at::kDouble));
  for (const auto [begin, count] : chunks_of(hidden, projection_.value().size(0))) {
    loss.add_(ops::cross_entropy(ops::linear(hidden.narrow(0, begin, count), projection_.value(), {}),
                                 targets.ids.narrow(0, begin, count)));
  }
  return loss;
}

Tensor Head::logits(const Tensor& x) const {
  Tensor inverse_rms;
  return ops::linear(norm_.forward(x, inverse_rms), projection_.value(), {});
}

}  // namespace hone
