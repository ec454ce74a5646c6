#pragma once

#include <cstdint>

#include "adapter/four_bit_table.hpp"
#include "model/tensor.hpp"
#include "zero/group_layout.hpp"

namespace hone {

/// Whole groups of four-bit weights as tensors on any device.
struct PackedGroups {
  Tensor codes;   // (groups, 8192) uint8
  Tensor scales;  // (groups, 256) uint8
  Tensor maxima;  // (groups) fp32
};

/// The groups of a gathered buffer in the order of the ranks' shards: packed is (ranks * shard.bytes())
/// uint8. Views where the layout allows it.
PackedGroups packed_groups(const Tensor& packed, PackedShard shard);

/// What codes stand for, on the device where they are looked up: made once, since each is a copy to it.
struct RestoreTables {
  Tensor values;  // (16) fp32, of a weight's code relative to its block's scale
  Tensor scales;  // (256) fp32, of a scale's code relative to its group's maximum
};
RestoreTables restore_tables(FourBitType type, const at::Device& device);

/// Writes the weights of groups [first, first + ceil(numel / 16384)) into `weights` (numel), fp32 or bf16 on
/// the same device: what dequantise() gives, bit for bit, by ATen's operations. `offset` is the parameter's.
void restore_weights(const RestoreTables& tables, const PackedGroups& groups, std::int64_t first,
                     float offset, const Tensor& weights);

/// What that takes beside the weights of a parameter of `numel`, in bytes.
std::int64_t restore_workspace(std::int64_t numel);

}  // namespace hone
