#include <algorithm>

#include "model/ops/attention_kernels.hpp"
#include "model/to_device.hpp"

namespace hone::ops {
namespace {

constexpr double kNoDropout = 0.0;
constexpr bool kCausal = true;

std::int64_t longest_of(const Bounds& bounds) {
  std::int64_t longest = 0;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) longest = std::max(longest, bounds[i + 1] - bounds[i]);
  return longest;
}

Tensor offsets_of(const Bounds& bounds, const at::Device& device) {
  return to_device(at::tensor(std::vector<std::int32_t>(bounds.begin(), bounds.end()), at::kInt), device);
}

}  // namespace

Tensor attention_flash(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                       AttentionSaved& saved) {
  if (q.size(0) == 0) return at::empty({0, q.size(1) * q.size(2)}, q.options());  // the kernel wants a sample
  saved.offsets = offsets_of(bounds, q.device());
  const std::int64_t longest = longest_of(bounds);
  auto [output, logsumexp, seed, seed_offset, unused] = at::_flash_attention_forward(
      q, k, v, saved.offsets, saved.offsets, longest, longest, kNoDropout, kCausal, false);
  Tensor y = output.flatten(1);
  saved.output = std::move(output);
  saved.logsumexp = std::move(logsumexp);
  saved.seed = std::move(seed);
  saved.seed_offset = std::move(seed_offset);
  return y;
}

void attention_backward_flash(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                              const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                              const Tensor& dk, const Tensor& dv) {
  if (q.size(0) == 0) return;
  const std::int64_t longest = longest_of(bounds);
  const auto [gq, gk, gv] = at::_flash_attention_backward(
      dy.view(q.sizes()), q, k, v, saved.output, saved.logsumexp, saved.offsets, saved.offsets, longest,
      longest, kNoDropout, kCausal, saved.seed, saved.seed_offset);
  dq.copy_(gq);
  dk.copy_(gk);
  dv.copy_(gv);
}

}  // namespace hone::ops
