#include "train/batch_builder.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "model/to_device.hpp"

namespace hone {

MicroBatch BatchBuilder::build(const MicroBatchPlan& plan, std::int64_t step) {
  std::vector<std::int64_t> ids, target_rows, target_ids, samples;
  ops::Bounds bounds = {0};
  for (const std::vector<std::int64_t>& pack : plan.rows) {
    for (const std::int64_t row : pack) {
      dataset_.read_row(row, row_ids_, row_mask_);
      const auto begin = static_cast<std::int64_t>(ids.size());
      for (std::size_t i = 0; i < row_ids_.size(); ++i) {
        const auto id = static_cast<std::int64_t>(row_ids_[i]);
        if (id >= vocab_size_) {
          fail_data(fmt::format("row {} of the dataset holds token id {}", row, id),
                    fmt::format("the model's embedding has {} rows", vocab_size_),
                    "prepare the data again with this model's tokenizer");
        }
        ids.push_back(id);
        // A target is predicted from the position before it; the first token of a row has none.
        if (i > 0 && row_mask_[i] != 0) {
          target_rows.push_back(begin + static_cast<std::int64_t>(i) - 1);
          target_ids.push_back(id);
        }
      }
      samples.push_back(row);
      bounds.push_back(static_cast<std::int64_t>(ids.size()));
    }
  }
  Segments segments = rope_.segments(std::move(bounds));
  if (dropout_seed_) segments.dropout = DropoutDraw{*dropout_seed_, step, std::move(samples)};
  const auto placed = [&](const std::vector<std::int64_t>& values) {
    return to_device(at::tensor(values, at::kLong), rope_.device());
  };
  return {placed(ids), std::move(segments), {placed(target_rows), placed(target_ids)}};
}

}  // namespace hone
