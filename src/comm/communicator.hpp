#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comm/activity.hpp"
#include "comm/device.hpp"

namespace hone {

enum class DType { kFloat32, kBFloat16, kFloat16, kUInt8, kInt64, kFloat64 };

std::int64_t size_of(DType dtype);  // bytes

/// Memory that takes part in a collective; counts are elements. It must live until the work was waited for.
struct Buffer {
  void* data;
  std::int64_t count;
  DType dtype;
  DeviceKind place = DeviceKind::kCpu;
};
struct ConstBuffer {
  const void* data;
  std::int64_t count;
  DType dtype;
  DeviceKind place = DeviceKind::kCpu;
};

enum class ReduceOp { kSum, kMax };

/// A collective under way.
class Work {
 public:
  /// Already done.
  Work() = default;
  /// `wait` may be called any number of times.
  explicit Work(std::function<void()> wait) : wait_(std::move(wait)) {}

  /// After this the results are there: in host memory at once, in a device's for all that is issued to its
  /// compute stream from now on. Rethrows the failure of a collective on host memory.
  void wait() const {
    if (wait_) wait_();
  }

 private:
  std::function<void()> wait_;
};

/// The collectives Hone needs, with 64-bit counts. All ranks issue them in the same order; they run in that
/// order, also while the caller computes.
class Communicator {
 public:
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// recv.count = size() * send.count; `send` may be this rank's own place in `recv`, or in host memory while
  /// `recv` is a device's.
  virtual Work all_gather(ConstBuffer send, Buffer recv) = 0;
  /// Sums over ranks, each rank receiving its own run: send.count = size() * recv.count. The buffers must not
  /// overlap.
  virtual Work reduce_scatter(ConstBuffer send, Buffer recv) = 0;
  /// In place.
  virtual Work all_reduce(Buffer buffer, ReduceOp op) = 0;
  virtual Work broadcast(Buffer buffer, int root) = 0;
  virtual void barrier() = 0;
  /// Collectives issued between the two may start as one; none of them is waited for before the end.
  virtual void begin_group() {}
  virtual void end_group() {}
  /// Frees whatever waits for peers on a device, from any thread, since the job is about to end.
  virtual void abort() {}

  double all_reduce_scalar(double value, ReduceOp op = ReduceOp::kSum);
  std::string broadcast_string(const std::string& text, int root = 0);
  /// Every rank's text, by rank, on every rank.
  std::vector<std::string> gather_strings(const std::string& text);

  /// Where this rank's work is noted; collectives note themselves.
  Activity& activity() { return *activity_; }

 protected:
  Communicator() : own_activity_(std::make_unique<Activity>()), activity_(own_activity_.get()) {}
  /// Notes what it does in the activity of another communicator, which must outlive it.
  explicit Communicator(Activity& shared) : activity_(&shared) {}

 private:
  std::unique_ptr<Activity> own_activity_;
  Activity* activity_;
};

}  // namespace hone
