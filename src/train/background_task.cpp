#include "train/background_task.hpp"

#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace hone {

void BackgroundTask::start(std::function<void()> work) {
  std::packaged_task<void()> task([work = std::move(work)]() mutable {
    const std::function<void()> own = std::exchange(work, {});  // goes before the state says so
    own();
  });
  result_ = task.get_future().share();
  std::thread(std::move(task)).detach();
}

BackgroundTask::State BackgroundTask::state() const {
  if (!result_.valid()) return State::kDone;
  if (result_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return State::kRunning;
  return failure().empty() ? State::kDone : State::kFailed;
}

void BackgroundTask::wait() const {
  if (result_.valid()) result_.wait();
}

std::string BackgroundTask::failure() const {
  if (!result_.valid()) return "";
  try {
    result_.get();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace hone
