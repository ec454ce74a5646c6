#include "zero/quantised_group.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "adapter/dequantise.hpp"
#include "adapter/quantise.hpp"
#include "adapter/scales.hpp"
#include "zero/host_values.hpp"

namespace hone {
namespace {

constexpr std::int64_t kGroupsPerRead = 64;  // 4 MiB of fp32: no rank ever holds more of the full model

// Where each parameter lies in the full values, in the order of weights and parts.
std::vector<std::int64_t> part_places(const ShardLayout& layout) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < layout.unit().weights.size(); ++i) {
    std::int64_t place = layout.placement(i).offset;
    for (const WeightPart& part : layout.unit().weights[i].parts) {
      places.push_back(place);
      place += part.numel();
    }
  }
  return places;
}

}  // namespace

QuantisedGroup::QuantisedGroup(UnitSpec spec, WeightSet& weights, Communicator& comm,
                               const Sharding& sharding, BufferPool& pool, FourBitType type)
    : comm_(comm),
      sharding_(sharding),
      pool_(pool),
      type_(type),
      spec_(std::move(spec)),
      layout_(spec_, comm.size()),
      value_layout_(spec_, 1),
      places_(part_places(value_layout_)),
      packed_(layout_.shard_bytes(), comm.size(), comm.rank(), sharding.storage_options().dtype(at::kByte),
              sharding.gathered() ? GatheredBuffer::Residence::kShard : GatheredBuffer::Residence::kWhole,
              comm, pool) {
  for (const WeightSpec& weight : spec_.weights) weights_.push_back(&weights.add(weight.key));
  if (!pool.device().is_cpu()) tables_ = restore_tables(type, pool.device());
}

void QuantisedGroup::load(const ReadRange& read) {
  const std::int64_t groups = layout_.groups_per_rank();
  const HostValues packed(packed_.shard());
  auto* const bytes = packed.data<std::uint8_t>();
  std::vector<double> sums(static_cast<std::size_t>(groups), 0.0);
  const std::vector<float> scales = quantise_shard(read, bytes, sums);
  std::vector<double> all_sums(static_cast<std::size_t>(groups * comm_.size()));
  comm_
      .all_gather({sums.data(), groups, DType::kFloat64},
                  {all_sums.data(), groups * comm_.size(), DType::kFloat64})
      .wait();
  find_offsets(all_sums);
  compress_shard(scales, bytes);
  packed.write_back();
  packed_.publish();
}

// First level. Returns the fp32 scales of the shard's groups, 256 places each.
std::vector<float> QuantisedGroup::quantise_shard(const ReadRange& read, std::uint8_t* codes,
                                                  std::vector<double>& group_sums) {
  std::vector<float> scales(static_cast<std::size_t>(layout_.groups_per_rank() * kScalesPerGroup));
  std::vector<float> weights(static_cast<std::size_t>(kGroupsPerRead * kWeightsPerGroup));
  for (const GroupSlice& slice : layout_.slices(comm_.rank())) {
    std::int64_t group = slice.group;
    for (std::int64_t done = 0; done < slice.count; done += kGroupsPerRead * kWeightsPerGroup) {
      const std::int64_t count = std::min(slice.count - done, kGroupsPerRead * kWeightsPerGroup);
      read(*layout_.parts()[slice.part], slice.part_offset + done, count, weights.data());
      float* const piece_scales = scales.data() + group * kScalesPerGroup;
      quantise_blocks(type_, weights.data(), count, codes + group * PackedShard::kCodeBytes, piece_scales);
      sum_scales(piece_scales, quantised_sizes(count).scales, group_sums.data() + group);
      group += kGroupsPerRead;
    }
  }
  return scales;
}

void QuantisedGroup::find_offsets(const std::vector<double>& all_group_sums) {
  offsets_.clear();
  for (std::size_t i = 0; i < layout_.parts().size(); ++i) {
    const WeightPart& part = *layout_.parts()[i];
    const QuantisedSizes sizes = quantised_sizes(part.numel());
    const auto sums = std::span(all_group_sums)
                          .subspan(static_cast<std::size_t>(layout_.first_group(i)),
                                   static_cast<std::size_t>(sizes.group_maxima));
    offsets_.push_back(scale_offset(sums, sizes.scales));
    if (!std::isfinite(offsets_.back())) {
      fail_data(fmt::format("{} holds values that are not finite", part.name), "they can't be quantised",
                "check the base model's files");
    }
  }
}

void QuantisedGroup::compress_shard(const std::vector<float>& scales, std::uint8_t* bytes) {
  std::uint8_t* const codes = bytes + layout_.shard().scales_begin();
  auto* const maxima = reinterpret_cast<float*>(bytes + layout_.shard().maxima_begin());
  for (const GroupSlice& slice : layout_.slices(comm_.rank())) {
    compress_scales(scales.data() + slice.group * kScalesPerGroup, quantised_sizes(slice.count).scales,
                    offsets_[slice.part], codes + slice.group * kScalesPerGroup, maxima + slice.group);
  }
}

void QuantisedGroup::prefetch() {
  if (users_ == 0) packed_.prefetch();
}

void QuantisedGroup::acquire() {
  if (users_++ > 0) return;
  Tensor packed = packed_.take();
  values_ = pool_.take(value_layout_.total(), sharding_.compute);
  dequantise_into(packed, values_);
  packed_.give_back(std::move(packed));
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Placement& place = value_layout_.placement(i);
    weights_[i]->bind_value(values_.narrow(0, place.offset, place.numel).view(spec_.weights[i].shape));
  }
}

void QuantisedGroup::release() {
  HONE_ASSERT(users_ > 0);
  if (--users_ > 0) return;
  for (Weight* const weight : weights_) weight->bind_value({});
  pool_.give(std::exchange(values_, {}));
}

void QuantisedGroup::dequantise_into(const Tensor& packed, const Tensor& values) const {
  if (!packed.is_cpu()) return restore_into(packed, values);
  const auto* const bytes = packed.const_data_ptr<std::uint8_t>();
  const bool bfloat16 = values.scalar_type() == at::kBFloat16;
  // By groups, so that threads share them evenly.
  at::parallel_for(0, layout_.groups(), 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const GroupPlace group = layout_.group(i);
      const QuantisedSpan span{type_, offsets_[group.part], bytes + group.codes, bytes + group.scales,
                               reinterpret_cast<const float*>(bytes + group.maximum)};
      const std::int64_t place = places_[group.part] + group.part_offset;
      if (bfloat16) {
        auto* const out = reinterpret_cast<std::uint16_t*>(values.mutable_data_ptr<at::BFloat16>());
        dequantise_bfloat16(span, 0, group.count, out + place);
      } else {
        dequantise(span, 0, group.count, values.mutable_data_ptr<float>() + place);
      }
    }
  });
}

void QuantisedGroup::restore_into(const Tensor& packed, const Tensor& values) const {
  const PackedGroups groups = packed_groups(packed, layout_.shard());
  for (std::size_t i = 0; i < layout_.parts().size(); ++i) {
    restore_weights(*tables_, groups, layout_.first_group(i), offsets_[i],
                    values.narrow(0, places_[i], layout_.parts()[i]->numel()));
  }
}

}  // namespace hone
