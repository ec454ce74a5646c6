#include "zero/quantised_group.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "adapter/dequantise.hpp"
#include "adapter/quantise.hpp"
#include "adapter/scales.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {
namespace {

constexpr std::int64_t kGroupsPerRead = 64;  // 4 MiB of fp32: no rank ever holds more of the full model

}  // namespace

QuantisedGroup::QuantisedGroup(UnitSpec spec, WeightSet& weights, Communicator& comm,
                               const Sharding& sharding, BufferPool& pool, FourBitType type)
    : comm_(comm),
      sharding_(sharding),
      pool_(pool),
      type_(type),
      spec_(std::move(spec)),
      layout_(spec_, comm.size()),
      value_layout_(spec_, 1) {
  for (const WeightSpec& weight : spec_.weights) weights_.push_back(&weights.add(weight.key));
  const std::int64_t bytes = layout_.shard_bytes();
  if (sharding.parameters()) {
    shard_ = at::zeros({bytes}, at::kByte);
  } else {
    resident_ = at::zeros({bytes * comm.size()}, at::kByte);
    shard_ = resident_.narrow(0, bytes * comm.rank(), bytes);
  }
}

void QuantisedGroup::load(const ReadRange& read) {
  const std::int64_t groups = layout_.groups_per_rank();
  std::vector<double> sums(static_cast<std::size_t>(groups), 0.0);
  const std::vector<float> scales = quantise_shard(read, sums);
  std::vector<double> all_sums(static_cast<std::size_t>(groups * comm_.size()));
  comm_
      .all_gather({sums.data(), groups, DType::kFloat64},
                  {all_sums.data(), groups * comm_.size(), DType::kFloat64})
      .wait();
  find_offsets(all_sums);
  compress_shard(scales);
  if (resident_.defined() && comm_.size() > 1) {
    comm_.all_gather(const_buffer_of(shard_), buffer_of(resident_)).wait();
  }
}

// First level. Returns the fp32 scales of the shard's groups, 256 places each.
std::vector<float> QuantisedGroup::quantise_shard(const ReadRange& read, std::vector<double>& group_sums) {
  std::vector<float> scales(static_cast<std::size_t>(layout_.groups_per_rank() * kScalesPerGroup));
  std::vector<float> weights(static_cast<std::size_t>(kGroupsPerRead * kWeightsPerGroup));
  auto* const codes = shard_.mutable_data_ptr<std::uint8_t>();
  for (const GroupSlice& slice : layout_.slices(comm_.rank())) {
    std::int64_t group = slice.group;
    for (std::int64_t done = 0; done < slice.count; done += kGroupsPerRead * kWeightsPerGroup) {
      const std::int64_t count = std::min(slice.count - done, kGroupsPerRead * kWeightsPerGroup);
      read(*slice.part, slice.part_offset + done, count, weights.data());
      float* const piece_scales = scales.data() + group * kScalesPerGroup;
      quantise_blocks(type_, weights.data(), count, codes + group * GroupLayout::kCodeBytes, piece_scales);
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

void QuantisedGroup::compress_shard(const std::vector<float>& scales) {
  auto* const bytes = shard_.mutable_data_ptr<std::uint8_t>();
  auto* const maxima = reinterpret_cast<float*>(bytes + layout_.maxima_begin());
  for (const GroupSlice& slice : layout_.slices(comm_.rank())) {
    const auto part =
        std::find(layout_.parts().begin(), layout_.parts().end(), slice.part) - layout_.parts().begin();
    compress_scales(scales.data() + slice.group * kScalesPerGroup, quantised_sizes(slice.count).scales,
                    offsets_[static_cast<std::size_t>(part)],
                    bytes + layout_.scales_begin() + slice.group * kScalesPerGroup, maxima + slice.group);
  }
}

void QuantisedGroup::prefetch() {
  if (!sharding_.parameters() || gather_ || users_ > 0) return;
  gathered_ = pool_.take(layout_.shard_bytes() * comm_.size(), at::kByte);
  gather_ = comm_.all_gather(const_buffer_of(shard_), buffer_of(gathered_));
  gathered_bytes_ += gathered_.numel();
}

void QuantisedGroup::acquire() {
  prefetch();
  if (users_++ > 0) return;
  Tensor packed = resident_;
  if (gather_) {
    gather_->wait();
    gather_.reset();
    packed = std::exchange(gathered_, {});
  }
  values_ = pool_.take(value_layout_.total(), sharding_.compute);
  dequantise_into(packed, values_);
  if (!resident_.defined()) pool_.give(std::move(packed));
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
  struct Run {
    QuantisedSpan span;
    std::int64_t first, count;  // weights of the span
    std::int64_t place;         // element of `values` that the span's first weight goes to
  };
  std::vector<Run> runs;  // a group each, so that threads share them evenly
  const auto* const bytes = packed.const_data_ptr<std::uint8_t>();
  const std::vector<ShardSlice> places = value_layout_.slices(0);  // whole parameters
  for (int rank = 0; rank < layout_.ranks(); ++rank) {
    const std::uint8_t* const shard = bytes + layout_.shard_bytes() * rank;
    const auto* const maxima = reinterpret_cast<const float*>(shard + layout_.maxima_begin());
    for (const GroupSlice& slice : layout_.slices(rank)) {
      const auto part =
          std::find(layout_.parts().begin(), layout_.parts().end(), slice.part) - layout_.parts().begin();
      const auto whole = std::find_if(places.begin(), places.end(), [&](const ShardSlice& place) {
        return place.part->name == slice.part->name;
      });
      const QuantisedSpan span{
          type_, offsets_[static_cast<std::size_t>(part)], shard + slice.group * GroupLayout::kCodeBytes,
          shard + layout_.scales_begin() + slice.group * kScalesPerGroup, maxima + slice.group};
      for (std::int64_t first = 0; first < slice.count; first += kWeightsPerGroup) {
        runs.push_back({span, first, std::min(kWeightsPerGroup, slice.count - first),
                        whole->shard_offset + slice.part_offset});
      }
    }
  }
  const bool bfloat16 = values.scalar_type() == at::kBFloat16;
  at::parallel_for(0, static_cast<std::int64_t>(runs.size()), 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Run& run = runs[static_cast<std::size_t>(i)];
      const std::int64_t place = run.place + run.first;
      if (bfloat16) {
        dequantise_bfloat16(
            run.span, run.first, run.count,
            reinterpret_cast<std::uint16_t*>(values.mutable_data_ptr<at::BFloat16>()) + place);
      } else {
        dequantise(run.span, run.first, run.count, values.mutable_data_ptr<float>() + place);
      }
    }
  });
}

}  // namespace hone
