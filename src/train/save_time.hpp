#pragma once

#include <cstdint>

namespace hone {

/// The seconds that --max_hours leaves for a checkpoint. `measured`: what one took, 0 where none is known;
/// then a guess from `bytes`, those that the busiest rank writes, which is never more than a tenth of
/// `limit`: the seconds of --max_hours, 0 for none.
double seconds_for_save(double measured, std::int64_t bytes, double limit);

}  // namespace hone
