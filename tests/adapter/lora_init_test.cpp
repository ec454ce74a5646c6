#include "adapter/lora_init.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hone {
namespace {

WeightPart lora_a(const std::string& module, std::int64_t rank, std::int64_t in) {
  return {"base_model.model.model.layers.0." + module + ".lora_A.weight", {rank, in}};
}

std::vector<float> values(const WeightPart& part, std::uint64_t seed, std::int64_t offset,
                          std::int64_t count) {
  std::vector<float> result(static_cast<std::size_t>(count), -7.0F);
  initial_adapter_values(part, seed, offset, count, result.data());
  return result;
}
std::vector<float> values(const WeightPart& part, std::uint64_t seed) {
  return values(part, seed, 0, part.numel());
}

TEST(LoraInit, BIsZero) {
  const WeightPart b = {"base_model.model.model.layers.0.mlp.up_proj.lora_B.weight", {9, 4}};
  EXPECT_EQ(values(b, 42), std::vector<float>(36, 0.0F));
}

// torch's kaiming_uniform_(a = sqrt(5)) over (rank, in): bound sqrt(6 / ((1 + 5) in)).
TEST(LoraInit, AIsUniformWithinTheBoundThatPeftDrawsFrom) {
  const WeightPart part = lora_a("self_attn.q_proj", 64, 576);
  std::vector<float> a = values(part, 42);
  const double bound = 1 / std::sqrt(576.0), count = static_cast<double>(a.size());
  std::sort(a.begin(), a.end());
  double farthest = 0;  // Kolmogorov and Smirnov: from the uniform distribution
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double expected = (static_cast<double>(a[i]) / bound + 1) / 2;
    farthest = std::max(farthest, std::abs(expected - (static_cast<double>(i) + 0.5) / count));
  }
  EXPECT_GE(a.front(), -bound);
  EXPECT_LE(a.back(), bound);
  EXPECT_LT(farthest, 1.95 / std::sqrt(count));  // one seed in a thousand is farther
}

TEST(LoraInit, ARangeHoldsWhatTheWholeHoldsThere) {
  const WeightPart part = lora_a("self_attn.q_proj", 5, 33);
  const std::vector<float> whole = values(part, 42);
  for (std::int64_t offset = 0; offset < part.numel(); offset += 7) {
    const std::int64_t count = std::min<std::int64_t>(31, part.numel() - offset);
    const std::vector<float> range = values(part, 42, offset, count);
    EXPECT_TRUE(std::equal(range.begin(), range.end(), whole.begin() + offset)) << offset;
  }
}

TEST(LoraInit, SeedAndNameEachDrawAnew) {
  const WeightPart part = lora_a("self_attn.q_proj", 8, 64);
  const auto equal_share = [&](const std::vector<float>& other) {
    const std::vector<float> own = values(part, 42);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < own.size(); ++i) equal += own[i] == other[i] ? 1 : 0;
    return static_cast<double>(equal) / static_cast<double>(own.size());
  };
  EXPECT_EQ(equal_share(values(part, 42)), 1);
  EXPECT_LT(equal_share(values(part, 43)), 0.01);
  EXPECT_LT(equal_share(values(part, 42 + (std::uint64_t{1} << 32))), 0.01);
  EXPECT_LT(equal_share(values(lora_a("self_attn.k_proj", 8, 64), 42)), 0.01);
}

}  // namespace
}  // namespace hone
