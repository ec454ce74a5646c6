#pragma once

#include <cstdint>

namespace hone {

/// The seconds that --max_hours leaves for a checkpoint. `measured`: what one took, 0 where none is known;
/// then a guess from the `bytes` of all ranks, which may share a disk, but never more than half of `limit`:
/// the seconds of --max_hours, 0 for none.
double seconds_for_save(double measured, std::int64_t bytes, double limit);

}  // namespace hone
