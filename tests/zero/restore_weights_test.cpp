// Four-bit weights by ATen's operations against the CPU's kernel, bit for bit.
#include "zero/restore_weights.hpp"

#include <gtest/gtest.h>

#include "adapter/dequantise.hpp"
#include "adapter/quantised_layout.hpp"
#include "model/ops/test_devices.hpp"

namespace hone {
namespace {

constexpr std::int64_t kCodeBytes = kWeightsPerGroup / 2;

/// The shards of two ranks, three groups each, laid end to end as a gather brings them, of random bytes.
Tensor random_shards() {
  const Tensor packed = at::randint(256, {2, 3 * (kCodeBytes + kScalesPerGroup + 4)}, at::kByte);
  packed.narrow(1, 3 * (kCodeBytes + kScalesPerGroup), 12)
      .copy_(at::rand({2, 3}, at::kFloat).view(at::kByte));
  return packed;
}

class RestoreWeights : public ::testing::TestWithParam<std::tuple<FourBitType, at::ScalarType, at::Device>> {
};

TEST_P(RestoreWeights, GivesTheBitsOfTheCpuKernelAcrossShardsAndForCutGroups) {
  at::manual_seed(4);
  const auto [type, dtype, device] = GetParam();
  const Tensor packed = random_shards();
  const PackedGroups groups = packed_groups(packed.flatten().to(device), {3});
  const RestoreTables tables = restore_tables(type, device);
  const float offset = 0.37F;
  for (const std::int64_t first : {0, 2}) {
    for (const std::int64_t numel : {std::int64_t{5}, kWeightsPerGroup, 4 * kWeightsPerGroup - 77}) {
      const Tensor on_device = at::empty({numel}, at::TensorOptions(device).dtype(dtype));
      restore_weights(tables, groups, first, offset, on_device);
      const Tensor restored = on_device.to(at::kCPU);
      for (std::int64_t done = 0; done < numel; done += kWeightsPerGroup) {
        const std::int64_t group = first + done / kWeightsPerGroup, rank = group / 3, local = group % 3;
        const auto* const shard = packed[rank].const_data_ptr<std::uint8_t>();
        const QuantisedSpan span{
            type, offset, shard + local * kCodeBytes, shard + 3 * kCodeBytes + local * kScalesPerGroup,
            reinterpret_cast<const float*>(shard + 3 * (kCodeBytes + kScalesPerGroup)) + local};
        const std::int64_t count = std::min(kWeightsPerGroup, numel - done);
        const Tensor expected = at::empty({count}, dtype);
        if (dtype == at::kFloat) {
          dequantise(span, 0, count, expected.mutable_data_ptr<float>());
        } else {
          dequantise_bfloat16(span, 0, count,
                              reinterpret_cast<std::uint16_t*>(expected.mutable_data_ptr<at::BFloat16>()));
        }
        ASSERT_TRUE(at::equal(restored.narrow(0, done, count), expected))
            << first << " " << numel << " " << done;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, RestoreWeights,
                         ::testing::Combine(::testing::Values(FourBitType::kNf4, FourBitType::kFp4),
                                            ::testing::Values(at::kFloat, at::kBFloat16),
                                            ::testing::ValuesIn(test_devices())));

TEST(PackedGroups, AreThoseOfAllShardsInOrder) {
  const Tensor packed = random_shards();
  const PackedGroups groups = packed_groups(packed.flatten(), {3});
  EXPECT_EQ(groups.codes.size(0), 6);
  EXPECT_TRUE(at::equal(groups.codes[4], packed[1].narrow(0, kCodeBytes, kCodeBytes)));
  EXPECT_TRUE(at::equal(groups.scales[5],
                        packed[1].narrow(0, 3 * kCodeBytes + 2 * kScalesPerGroup, kScalesPerGroup)));
  EXPECT_EQ(groups.maxima.numel(), 6);
}

}  // namespace
}  // namespace hone
