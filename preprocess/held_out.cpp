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

HeldOut::Drawn HeldOut::drawn(std::uint32_t file, std::uint64_t line) const {
  const RowPlace place{file, line, 0};
  return {draw(Draw::kSplit, seed_, place), place};
}

void HeldOut::offer(std::uint32_t file, std::uint64_t line) {
  const Drawn candidate = drawn(file, line);
  if (smallest_.size() == count_ && candidate > *smallest_.rbegin()) return;
  smallest_.insert(candidate);
  if (smallest_.size() > count_) smallest_.erase(std::prev(smallest_.end()));
}

bool HeldOut::contains(std::uint32_t file, std::uint64_t line) const {
  const Drawn candidate = drawn(file, line);
  if (count_ > 0) return !smallest_.empty() && candidate <= *smallest_.rbegin();
  return std::ldexp(static_cast<double>(candidate.first), -64) < fraction_;
}

}  // namespace hone
