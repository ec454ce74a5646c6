#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "comm/activity.hpp"

namespace hone {

enum class DType { kFloat32, kBFloat16, kFloat16, kUInt8, kInt64, kFloat64 };

std::int64_t size_of(DType dtype);  // bytes

/// Memory that takes part in a collective; counts are elements. It must live until the work was waited for.
struct Buffer {
  void* data;
  std::int64_t count;
  DType dtype;
};
struct ConstBuffer {
  const void* data;
  std::int64_t count;
  DType dtype;
};

enum class ReduceOp { kSum, kMax, kMin };

/// A collective under way.
class Work {
 public:
  /// Already done.
  Work() = default;
  explicit Work(std::shared_future<void> done) : done_(std::move(done)) {}

  /// Returns when the results are in place; rethrows the collective's failure.
  void wait() const {
    if (done_.valid()) done_.get();
  }

 private:
  std::shared_future<void> done_;
};

/// The collectives Hone needs, with 64-bit counts. All ranks issue them in the same order; they run in that
/// order, also while the caller computes. Sums are taken in rank order, so that equal inputs give equal bits.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// recv.count = size() * send.count; `send` may be this rank's own place in `recv`.
  virtual Work all_gather(ConstBuffer send, Buffer recv) = 0;
  /// Sums over ranks, each rank receiving its own run: send.count = size() * recv.count. The buffers must not
  /// overlap.
  virtual Work reduce_scatter(ConstBuffer send, Buffer recv) = 0;
  /// In place.
  virtual Work all_reduce(Buffer buffer, ReduceOp op) = 0;
  virtual Work broadcast(Buffer buffer, int root) = 0;
  virtual void barrier() = 0;

  double all_reduce_scalar(double value, ReduceOp op = ReduceOp::kSum);
  std::string broadcast_string(const std::string& text, int root = 0);
  /// Every rank's text, by rank, on every rank.
  std::vector<std::string> gather_strings(const std::string& text);

  /// Where this rank's work is noted; collectives note themselves.
  Activity& activity() { return activity_; }

 private:
  Activity activity_;
};

}  // namespace hone
