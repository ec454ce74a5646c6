#include "dataset/step_planner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "dataset/permutation.hpp"

namespace hone {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

StepPlanner::StepPlanner(std::span<const std::uint32_t> lengths, std::span<const std::uint32_t> target_counts,
                         const Options& options)
    : lengths_(lengths), target_counts_(target_counts), options_(options) {
  HONE_ASSERT(!lengths.empty() && lengths.size() == target_counts.size() && global_batch() > 0);
}

void StepPlanner::order_epoch(std::int64_t epoch) const {
  if (cached_epoch_ == epoch) return;
  cached_order_ = permutation(static_cast<std::int64_t>(lengths_.size()), options_.seed,
                              static_cast<std::uint64_t>(epoch));
  if (options_.pack_capacity > 0) {
    cached_packs_ = pack_best_fit(cached_order_, lengths_, options_.pack_capacity);
    cached_order_ = {};
  }
  cached_epoch_ = epoch;
}

std::int64_t StepPlanner::packs_in(std::int64_t epoch) const {
  if (options_.pack_capacity == 0) return static_cast<std::int64_t>(lengths_.size());
  order_epoch(epoch);
  return static_cast<std::int64_t>(cached_packs_.size());
}

std::vector<Pack> StepPlanner::packs_of(std::int64_t epoch, std::int64_t begin, std::int64_t end) const {
  order_epoch(epoch);
  if (options_.pack_capacity > 0) return {cached_packs_.begin() + begin, cached_packs_.begin() + end};
  std::vector<Pack> packs;
  for (std::int64_t i = begin; i < end; ++i) packs.push_back({cached_order_[i]});
  return packs;
}

std::int64_t StepPlanner::steps_in_epoch(std::int64_t epoch) const {
  if (options_.pack_capacity == 0) return ceil_div(packs_in(epoch), global_batch());
  const auto known = packed_steps_.find(epoch);
  if (known != packed_steps_.end()) return known->second;
  return packed_steps_[epoch] = ceil_div(packs_in(epoch), global_batch());
}

std::int64_t StepPlanner::steps_for(double epochs) const {
  const auto whole = static_cast<std::int64_t>(epochs);
  std::int64_t steps = 0;
  if (options_.pack_capacity == 0) {
    steps = whole * steps_in_epoch(0);
  } else {
    for (std::int64_t epoch = 0; epoch < whole; ++epoch) steps += steps_in_epoch(epoch);
  }
  const double fraction = epochs - static_cast<double>(whole);
  if (fraction > 0) {
    // As transformers rounds: ceil(epochs x steps), where 1.1 x 10 is 11 and 0.1 x 10 of the last epoch would
    // be 2.
    const std::int64_t last = steps_in_epoch(whole);
    steps += static_cast<std::int64_t>(std::ceil(epochs * static_cast<double>(last))) - whole * last;
  }
  return steps;
}

std::int64_t StepPlanner::tokens_of(const Pack& pack) const {
  return std::accumulate(pack.begin(), pack.end(), std::int64_t{0},
                         [this](std::int64_t sum, std::int64_t row) { return sum + lengths_[row]; });
}

StepPlan StepPlanner::plan(std::int64_t step) const {
  HONE_ASSERT(step >= 0);
  std::int64_t epoch = 0, index = step;
  if (options_.pack_capacity == 0) {
    epoch = step / steps_in_epoch(0);
    index = step % steps_in_epoch(0);
  } else {
    while (index >= steps_in_epoch(epoch)) index -= steps_in_epoch(epoch++);
  }
  const std::int64_t begin = index * global_batch();
  const std::int64_t end = std::min(begin + global_batch(), packs_in(epoch));
  StepPlan plan;
  plan.epoch = static_cast<double>(epoch) +
               static_cast<double>(index + 1) / static_cast<double>(steps_in_epoch(epoch));
  std::vector<Pack> taken = packs_of(epoch, begin, end);
  for (const Pack& pack : taken) {
    plan.token_count += tokens_of(pack);
    for (const std::int64_t row : pack) plan.target_count += target_counts_[row];
  }
  plan.by_rank = deal(std::move(taken));
  return plan;
}

std::vector<std::vector<MicroBatchPlan>> StepPlanner::deal(std::vector<Pack> packs) const {
  std::stable_sort(packs.begin(), packs.end(),
                   [this](const Pack& a, const Pack& b) { return tokens_of(a) > tokens_of(b); });
  const auto ranks = static_cast<std::size_t>(options_.ranks);
  const auto capacity = static_cast<std::size_t>(options_.per_device_batch * options_.accumulation);
  std::vector<std::vector<Pack>> dealt(ranks);
  std::vector<std::int64_t> loads(ranks, 0);
  for (Pack& pack : packs) {
    std::size_t lightest = ranks;
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      if (dealt[rank].size() < capacity && (lightest == ranks || loads[rank] < loads[lightest]))
        lightest = rank;
    }
    loads[lightest] += tokens_of(pack);
    dealt[lightest].push_back(std::move(pack));
  }
  std::size_t most = 0;
  for (const auto& own : dealt) most = std::max(most, own.size());
  const auto batch = static_cast<std::size_t>(options_.per_device_batch);
  const std::size_t micro_batches = (most + batch - 1) / batch;
  std::vector<std::vector<MicroBatchPlan>> result(ranks, std::vector<MicroBatchPlan>(micro_batches));
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    for (std::size_t i = 0; i < dealt[rank].size(); ++i)
      result[rank][i / batch].rows.push_back(std::move(dealt[rank][i]));
  }
  return result;
}

std::vector<std::int64_t> StepPlanner::lengths_of(const StepPlan& plan) const {
  std::vector<std::int64_t> lengths;
  for (const auto& own : plan.by_rank) {
    for (const MicroBatchPlan& micro_batch : own) {
      for (const Pack& pack : micro_batch.rows) {
        for (const std::int64_t row : pack) lengths.push_back(lengths_[row]);
      }
    }
  }
  return lengths;
}

EvalPlanner::EvalPlanner(std::span<const std::uint32_t> target_counts, std::int64_t ranks,
                         std::int64_t per_device_batch)
    : rows_(static_cast<std::int64_t>(target_counts.size())), ranks_(ranks), batch_(per_device_batch) {
  for (const std::uint32_t count : target_counts) target_count_ += count;
}

std::vector<MicroBatchPlan> EvalPlanner::micro_batches(int rank) const {
  std::vector<MicroBatchPlan> result(static_cast<std::size_t>(ceil_div(rows_, ranks_ * batch_)));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t begin = (static_cast<std::int64_t>(i) * ranks_ + rank) * batch_;
    for (std::int64_t row = begin; row < std::min(begin + batch_, rows_); ++row)
      result[i].rows.push_back({row});
  }
  return result;
}

}  // namespace hone
