#include "model/ops/dropout_any.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/to_device.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kTile = 64;  // columns that eight draws decide on
constexpr std::int64_t kBits = 8;   // of a draw: four words of two halves
// A draw takes some 100 bytes meanwhile, a piece some 150 launches whatever its size: a micro-batch of 16,384
// tokens of width 2048 is one.
constexpr std::int64_t kDrawsAtOnce = 1 << 22;
constexpr std::int64_t kWord = 0xFFFFFFFF;

// Four words a draw, each in an int64 tensor.
using Words = std::array<Tensor, 4>;

Tensor low_word(const Tensor& x) { return x.bitwise_and(kWord); }
Tensor high_word(const Tensor& x) { return at::bitwise_right_shift(x, 32).bitwise_and_(kWord); }

// base/philox.hpp over tensors: the products wrap around in 64 bits as they should.
Words philox(Words counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const Tensor a = counter[0] * std::int64_t{0xD2511F53}, b = counter[2] * std::int64_t{0xCD9E8D57};
    counter = {
        high_word(b).bitwise_xor(counter[1]).bitwise_xor_(static_cast<std::int64_t>(key[0])), low_word(b),
        high_word(a).bitwise_xor(counter[3]).bitwise_xor_(static_cast<std::int64_t>(key[1])), low_word(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

// What each token brings to the counter: (3, tokens) int64.
Tensor places(std::uint32_t layer, const Bounds& bounds, const DropoutDraw& draw, const at::Device& device) {
  const Tensor result = at::empty({3, bounds.back()}, at::kLong);
  auto* const position = result.mutable_data_ptr<std::int64_t>();
  auto* const low = position + bounds.back();
  auto* const high = low + bounds.back();
  for (std::size_t i = 0; i < draw.samples.size(); ++i) {
    const auto sample = static_cast<std::uint64_t>(draw.samples[i]);
    for (std::int64_t t = bounds[i]; t < bounds[i + 1]; ++t) {
      position[t] = t - bounds[i];
      low[t] = static_cast<std::int64_t>(sample & kWord);
      high[t] = layer ^ (static_cast<std::uint32_t>(sample >> 32) << 16);
    }
  }
  return to_device(result, device);
}

}  // namespace

Tensor dropout_mask_any(std::int64_t width, double probability, std::uint32_t layer, const Bounds& bounds,
                        const DropoutDraw& draw, const at::Device& device) {
  const std::int64_t tokens = bounds.back(), draws = (width + kTile - 1) / kTile * (kTile / kBits);
  const auto threshold = static_cast<std::int64_t>(std::lround(probability * 65536));
  const std::array<std::uint32_t, 2> key = {static_cast<std::uint32_t>(draw.seed ^ (draw.seed >> 32)),
                                            static_cast<std::uint32_t>(draw.step)};
  const at::TensorOptions words = at::TensorOptions(device).dtype(at::kLong);
  const Tensor place = places(layer, bounds, draw, device).unsqueeze(2);
  const Tensor mask = at::zeros({tokens, draws}, words.dtype(at::kByte));
  const std::int64_t tokens_at_once = std::max(kDrawsAtOnce / draws, std::int64_t{1});
  for (std::int64_t begin = 0; begin < tokens; begin += tokens_at_once) {
    const std::int64_t count = std::min(tokens_at_once, tokens - begin);
    const Tensor here = place.narrow(1, begin, count);
    const Words drawn = philox({at::arange(draws, words).unsqueeze(0), here[0], here[1], here[2]}, key);
    const Tensor bytes = mask.narrow(0, begin, count);
    for (std::int64_t w = 0; w < 4; ++w) {
      const Tensor& word = drawn[static_cast<std::size_t>(w)];
      bytes.add_(word.bitwise_and(0xFFFF).ge_(threshold).to(at::kByte), 1 << w);
      bytes.add_(at::bitwise_right_shift(word, 16).ge_(threshold).to(at::kByte), 16 << w);
    }
  }
  return mask;
}

Tensor dropout_any(const Tensor& x, const Tensor& mask, double probability) {
  const std::int64_t tokens = x.size(0), width = x.size(1), tiles = mask.size(1) / (kTile / kBits);
  const Tensor bit = at::arange(kBits, mask.options()).view({1, 1, kBits, 1});
  const Tensor kept = at::bitwise_right_shift(mask.view({tokens, tiles, 1, kTile / kBits}), bit)
                          .bitwise_and_(1)
                          .view({tokens, tiles * kTile})
                          .narrow(1, 0, width)
                          .to(at::kBool);
  const auto scale = static_cast<float>(1.0 / (1.0 - probability));
  // Chosen, not multiplied by zero: what is dropped may be inf.
  return at::where(kept, x.to(at::kFloat) * scale, 0.0).to(x.scalar_type());
}

}  // namespace hone::ops
