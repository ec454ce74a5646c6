#include "zero/restore_weights.hpp"

#include <algorithm>

#include "adapter/quantised_layout.hpp"
#include "adapter/scale_map.hpp"
#include "model/to_device.hpp"

namespace hone {
namespace {

constexpr std::int64_t kGroupsAtOnce = 1024;  // 16.8 M weights
// Beside each weight: its code twice, as it is unpacked and as one of many, an int32 index and an fp32 value.
constexpr std::int64_t kWorkBytes = 10;

template <typename Values>
Tensor table_of(const Values& values, const at::Device& device) {
  return to_device(at::tensor(at::ArrayRef<float>(values.data(), values.size()), at::kFloat), device);
}

Tensor look_up(const Tensor& table, const Tensor& codes) {
  return table.index_select(0, codes.flatten().to(at::kInt)).view(codes.sizes());
}

}  // namespace

PackedGroups packed_groups(const Tensor& packed, PackedShard shard) {
  const std::int64_t scales = shard.scales_begin(), maxima = shard.maxima_begin(), bytes = shard.bytes();
  const Tensor shards = packed.view({-1, bytes});
  return {shards.narrow(1, 0, scales).reshape({-1, PackedShard::kCodeBytes}),
          shards.narrow(1, scales, maxima - scales).reshape({-1, kScalesPerGroup}),
          shards.narrow(1, maxima, bytes - maxima)
              .clone(at::MemoryFormat::Contiguous)
              .view(at::kFloat)
              .flatten()};
}

RestoreTables restore_tables(FourBitType type, const at::Device& device) {
  return {table_of(four_bit_values(type), device), table_of(scale_map(), device)};
}

void restore_weights(const RestoreTables& tables, const PackedGroups& groups, std::int64_t first,
                     float offset, const Tensor& weights) {
  const std::int64_t numel = weights.numel(), end = first + quotient_rounded_up(numel, kWeightsPerGroup);
  std::int64_t done = 0;
  for (std::int64_t begin = first; begin < end; begin += kGroupsAtOnce) {
    const std::int64_t count = std::min(kGroupsAtOnce, end - begin);
    const Tensor codes = groups.codes.narrow(0, begin, count);
    // The earlier weight of a byte lies in its high half.
    const Tensor halves = at::stack({at::bitwise_right_shift(codes, 4), codes.bitwise_and(15)}, -1);
    const Tensor scales = (look_up(tables.scales, groups.scales.narrow(0, begin, count)) *
                           groups.maxima.narrow(0, begin, count).unsqueeze(1))
                              .add_(offset);
    const Tensor restored =
        look_up(tables.values, halves).view({-1, kWeightsPerBlock}).mul_(scales.view({-1, 1}));
    const std::int64_t take = std::min(count * kWeightsPerGroup, numel - done);
    weights.flatten().narrow(0, done, take).copy_(restored.flatten().narrow(0, 0, take));
    done += take;
  }
}

std::int64_t restore_workspace(std::int64_t numel) {
  return std::min(quotient_rounded_up(numel, kWeightsPerGroup), kGroupsAtOnce) * kWeightsPerGroup *
         kWorkBytes;
}

}  // namespace hone
