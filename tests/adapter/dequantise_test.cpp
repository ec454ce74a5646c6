#include "adapter/dequantise.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "adapter/quantised_tensor.hpp"
#include "base/bfloat16.hpp"

namespace hone {
namespace {

QuantisedTensor quantised(FourBitType type, std::size_t count) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> weights(count);
  for (float& weight : weights) weight = normal(generator);
  return {type, weights, std::int64_t{1} << 30};
}

std::vector<float> restored(const QuantisedSpan& span, std::int64_t first, std::int64_t count) {
  std::vector<float> weights(static_cast<std::size_t>(count) + 1, 12345.0F);
  dequantise(span, first, count, weights.data());
  EXPECT_EQ(weights.back(), 12345.0F) << "written past the end";
  weights.pop_back();
  return weights;
}

TEST(Dequantise, AWeightIsTheValueOfItsCodeTimesTheRestoredScale) {
  for (const FourBitType type : {FourBitType::kNf4, FourBitType::kFp4}) {
    const QuantisedTensor tensor = quantised(type, 33333);
    const std::vector<float> weights = restored(tensor.span(), 0, 33333);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      float scale = 0;
      restore_scales(&tensor.scales[i / 64], 1, tensor.group_maxima[i / 16384], tensor.offset, &scale);
      const int code = i % 2 == 0 ? tensor.codes[i / 2] >> 4 : tensor.codes[i / 2] & 15;
      ASSERT_EQ(weights[i], four_bit_values(type)[static_cast<std::size_t>(code)] * scale) << i;
    }
  }
}

TEST(Dequantise, AnyRangeFromABlocksBoundaryOnIsThatRangeOfTheWhole) {
  const std::int64_t total = 40001;
  const QuantisedTensor tensor = quantised(FourBitType::kNf4, total);
  const std::vector<float> whole = restored(tensor.span(), 0, total);
  for (const std::int64_t first : {0, 64, 16320, 16384, 16448, 32768, 39936, 40000}) {
    for (const std::int64_t wanted : {0, 1, 63, 64, 65, 127, 16383, 16384, 16385, 40001}) {
      const std::int64_t count = std::min(wanted, total - first);
      const std::vector<float> expected(whole.begin() + first, whole.begin() + first + count);
      EXPECT_EQ(restored(tensor.span(), first, count), expected) << first << " " << count;
    }
  }
}

TEST(Dequantise, ASpanFromAGroupsBoundaryOnIsTheRest) {
  const QuantisedTensor tensor = quantised(FourBitType::kFp4, 50000);
  EXPECT_EQ(restored(tensor.span().from(32768), 64, 1000), restored(tensor.span(), 32832, 1000));
}

TEST(Dequantise, BFloat16IsTheFp32ValueRounded) {
  for (const FourBitType type : {FourBitType::kNf4, FourBitType::kFp4}) {
    const QuantisedTensor tensor = quantised(type, 20001);
    const std::vector<float> weights = restored(tensor.span(), 64, 19937);
    std::vector<std::uint16_t> halves(19938, 77);
    dequantise_bfloat16(tensor.span(), 64, 19937, halves.data());
    EXPECT_EQ(halves.back(), 77) << "written past the end";
    for (std::size_t i = 0; i < weights.size(); ++i) ASSERT_EQ(halves[i], to_bfloat16(weights[i])) << i;
  }
}

}  // namespace
}  // namespace hone
