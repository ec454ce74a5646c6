#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// What every rank of a job must see alike.
struct RankView {
  std::string host;
  OrderedJson config;                          // the effective one
  OrderedJson deepspeed;                       // deepspeed_settings()
  OrderedJson inputs = OrderedJson::object();  // {"data_path": SHA-256, ...}; "" where this rank did not look
};

OrderedJson to_json(const RankView& view);
RankView parse_rank_view(const std::string& text);

/// Refuses ranks (views by rank) that were started with other flags than rank 0, Error(kUsage), or whose host
/// has other input files, Error(kData), with both values.
void require_same_view(const std::vector<RankView>& views);

}  // namespace hone
