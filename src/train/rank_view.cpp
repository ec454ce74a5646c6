#include "train/rank_view.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace hone {
namespace {

void require_same_flags(const RankView& first, const RankView& other, std::size_t rank) {
  for (const auto& [name, value] : first.config.items()) {
    const OrderedJson& there = other.config.at(name);
    if (there == value) continue;
    fail_usage(fmt::format("rank {} was started with --{} {}, rank 0 with {}", rank, name, there.dump(),
                           value.dump()),
               "", "give every rank the same flags");
  }
}

// Of fp16 only where the flags, which agree, say so: both have the same names.
void require_same_deepspeed(const RankView& first, const RankView& other, std::size_t rank) {
  for (const auto& [name, value] : first.deepspeed.items()) {
    const OrderedJson& there = other.deepspeed.at(name);
    if (there == value) continue;
    fail_usage(fmt::format("rank {} on {} reads {} {} in --deepspeed {}, rank 0 on {} reads {}", rank,
                           other.host, name, there.dump(), first.config.at("deepspeed").get<std::string>(),
                           first.host, value.dump()),
               "", "give every host the same file");
  }
}

}  // namespace

OrderedJson to_json(const RankView& view) {
  return {
      {"host", view.host}, {"config", view.config}, {"deepspeed", view.deepspeed}, {"inputs", view.inputs}};
}

RankView parse_rank_view(const std::string& text) {
  const OrderedJson json = OrderedJson::parse(text);
  return {json.at("host").get<std::string>(), json.at("config"), json.at("deepspeed"), json.at("inputs")};
}

void require_same_view(const std::vector<RankView>& views) {
  const RankView& first = views.front();
  for (std::size_t rank = 1; rank < views.size(); ++rank) {
    const RankView& other = views[rank];
    require_same_flags(first, other, rank);
    require_same_deepspeed(first, other, rank);
    for (const auto& [name, digest] : first.inputs.items()) {
      const OrderedJson& there = other.inputs.at(name);
      if (there == "" || there == digest) continue;
      fail_data(fmt::format("--{} {} is not the same on every host", name,
                            first.config.at(name).get<std::string>()),
                fmt::format("SHA-256 {:.12}... on {}, {:.12}... on {}", digest.get<std::string>(), first.host,
                            there.get<std::string>(), other.host),
                "copy it again, or name a folder on a disk that all hosts share");
    }
  }
}

}  // namespace hone
