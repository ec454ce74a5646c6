#pragma once

#include <functional>
#include <future>
#include <string>

namespace hone {

/// One piece of work on a thread of its own. Nothing waits for it when a failing run unwinds: the job must
/// end at once.
class BackgroundTask {
 public:
  enum class State { kDone, kRunning, kFailed };

  /// Done, until start().
  BackgroundTask() = default;

  /// `work` must own what it uses: it may outlive this object. What it owns is let go of before the state is
  /// no longer kRunning, so that pinned memory is never the last thing of a thread that knows no device.
  void start(std::function<void()> work);
  State state() const;
  void wait() const;
  /// Why it failed; "" unless it did.
  std::string failure() const;

 private:
  std::shared_future<void> result_;
};

}  // namespace hone
