#include "model/rope_table.hpp"

#include <vector>

#include "model/rope.hpp"

namespace hone {

RopeTable::RopeTable(const ModelConfig& config, std::int64_t length, at::ScalarType type, at::Device device) {
  const std::vector<double> frequencies = rope_inverse_frequencies(config);
  const Tensor inverse = at::tensor(frequencies, at::kDouble).to(at::kFloat);
  const Tensor angles = at::arange(length, at::kFloat).unsqueeze(1) * inverse.unsqueeze(0);
  const double scaling = rope_attention_scaling(config);
  cos_ = angles.cos().mul_(scaling).to(device, type).contiguous();
  sin_ = angles.sin().mul_(scaling).to(device, type).contiguous();
}

Segments RopeTable::segments(ops::Bounds bounds) const {
  std::vector<Tensor> cos, sin;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::int64_t length = bounds[i + 1] - bounds[i];
    HONE_ASSERT(length <= cos_.size(0));
    cos.push_back(cos_.narrow(0, 0, length));
    sin.push_back(sin_.narrow(0, 0, length));
  }
  if (cos.empty()) return {std::move(bounds), cos_.narrow(0, 0, 0), sin_.narrow(0, 0, 0)};
  return {std::move(bounds), at::cat(cos), at::cat(sin)};
}

}  // namespace hone
