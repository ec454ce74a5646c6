#include "preprocess/held_out.hpp"

#include <cmath>

namespace hone {

HeldOut HeldOut::fraction(double fraction, std::uint64_t seed) {
  HeldOut held_out(seed);
  held_out.fraction_ = fraction;
  return held_out;
}

HeldOut HeldOut::rows(std::uint64_t count, std::uint64_t seed) {
  HeldOut held_out(seed);
  held_out.count_ = count;
  return held_out;
}

HeldOut::Drawn HeldOut::drawn(const Row& row) const {
  const RowPlace place{row.source_file, row.source_line, row.source_nth};
  return {draw(Draw::kSplit, seed_, place), place};
}

void HeldOut::offer(const Row& row) {
  const Drawn candidate = drawn(row);
  if (smallest_.size() == count_ && candidate > *smallest_.rbegin()) return;
  smallest_.insert(candidate);
  if (smallest_.size() > count_) smallest_.erase(std::prev(smallest_.end()));
}

bool HeldOut::contains(const Row& row) const {
  const Drawn candidate = drawn(row);
  if (count_ > 0) return !smallest_.empty() && candidate <= *smallest_.rbegin();
  return std::ldexp(static_cast<double>(candidate.first), -64) < fraction_;
}

}  // namespace hone
