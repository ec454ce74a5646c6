#include "train/save_time.hpp"

#include <algorithm>

namespace hone {
namespace {

constexpr double kGuessedBytesPerSecond = 100e6;  // a slow network disk
// Of the limit, at most: with a guess beyond it each launch would end after its first step.
constexpr double kGuessedShare = 0.5;

}  // namespace

double seconds_for_save(double measured, std::int64_t bytes, double limit) {
  if (measured > 0) return measured;
  const double guess = static_cast<double>(bytes) / kGuessedBytesPerSecond;
  return limit > 0 ? std::min(guess, kGuessedShare * limit) : guess;
}

}  // namespace hone
