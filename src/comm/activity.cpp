#include "comm/activity.hpp"

#include <utility>

namespace hone {

void Activity::start(std::string work) {
  const std::lock_guard lock(mutex_);
  work_ = std::move(work);
  unit_.clear();
  ++changes_;
}

std::string Activity::move_to(std::string unit) {
  const std::lock_guard lock(mutex_);
  ++changes_;
  return std::exchange(unit_, std::move(unit));
}

std::string Activity::about(const char* operation) const {
  const std::lock_guard lock(mutex_);
  return std::string(operation) + " of " + (unit_.empty() ? work_ : unit_);
}

void Activity::enter(std::string collective, DeviceKind place) {
  const std::lock_guard lock(mutex_);
  collective_ = std::move(collective);
  ++under_way(place);
  ++entered_;
  ++changes_;
}

void Activity::leave(DeviceKind place) {
  const std::lock_guard lock(mutex_);
  --under_way(place);
  ++changes_;
}

Activity::Note Activity::note() const {
  const std::lock_guard lock(mutex_);
  return {unit_.empty() ? work_ : work_ + ", " + unit_,
          collective_,
          entered_,
          on_host_ + on_device_ > 0,
          on_device_ > 0,
          writers_.load() > 0,
          changes_};
}

}  // namespace hone
