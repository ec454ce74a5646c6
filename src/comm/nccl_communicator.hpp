#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "comm/communicator.hpp"

struct ncclComm;  // NCCL's and CUDA's own names, so that their headers stay inside comm/
struct CUstream_st;

namespace hone {

class CudaEvent;

/// Collectives on CUDA memory over NCCL, those on host memory over the communicator it is made from. They run
/// on a stream of their own, of high priority, ordered against the compute stream (LibTorch's, CUDA's default
/// one) by events: a collective begins when the compute stream has reached the place where it was issued, and
/// waiting for a Work makes the compute stream wait, not the host. So a buffer may be used again by what is
/// issued after the wait. A thread notes what is under way in the Activity and asks NCCL for asynchronous
/// errors. NCCL's own settings are left to the user's environment.
class NcclCommunicator final : public Communicator {
 public:
  /// Told of a failure on the thread that watches; must end the job, calling abort() before.
  using OnFailure = std::function<void(const Error&)>;

  /// All ranks make it together, each on a device of its own, which is the calling thread's. `host` must
  /// outlive it. Throws Error(kRunTimeFailure).
  NcclCommunicator(Communicator& host, OnFailure on_failure);
  ~NcclCommunicator() override;
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;

  int rank() const override { return host_.rank(); }
  int size() const override { return host_.size(); }
  Work all_gather(ConstBuffer send, Buffer recv) override;
  Work reduce_scatter(ConstBuffer send, Buffer recv) override;
  Work all_reduce(Buffer buffer, ReduceOp op) override;
  Work broadcast(Buffer buffer, int root) override;
  /// Of the ranks' threads; says nothing about what the device still does.
  void barrier() override { host_.barrier(); }
  void begin_group() override;
  void end_group() override;
  void abort() override;

 private:
  // What one launch on the stream holds: a collective, or those of a group.
  struct Launch {
    std::string name;
    std::shared_ptr<CudaEvent> started, done;
    bool entered = false;  // noted in the Activity
  };

  void park_after_abort() const;
  void check(int code, const char* operation) const;
  void begin_launch(const char* operation);
  void end_launch();
  template <typename Call>
  Work launch(const char* operation, const Call& call);
  void watch();
  void note_progress();
  void require_no_error();

  Communicator& host_;
  OnFailure on_failure_;
  int device_ = 0;
  ncclComm* comm_ = nullptr;
  CUstream_st* stream_ = nullptr;
  std::unique_ptr<Launch> open_;  // being issued; the issuing thread's
  bool grouped_ = false;
  std::atomic<bool> aborted_ = false;  // comm_ may be freed at any time

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Launch> under_way_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace hone
