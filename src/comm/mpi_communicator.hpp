#pragma once

#include <mpi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "comm/communicator.hpp"

namespace hone {

/// Collectives on host memory over MPI. One progress thread runs them in the order they were issued, so that
/// they go on while the caller computes; it sleeps between polls, since a rank may own a single core. Data
/// moves point to point and sums are taken in rank order, so that equal inputs give equal bits: MPI's own
/// reductions leave the order open and reach a fifth of this speed on fp32.
class MpiCommunicator final : public Communicator {
 public:
  /// Duplicates `parent`. MPI must be initialised with MPI_THREAD_MULTIPLE and outlive this object.
  explicit MpiCommunicator(MPI_Comm parent);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  Work all_gather(ConstBuffer send, Buffer recv) override;
  Work reduce_scatter(ConstBuffer send, Buffer recv) override;
  Work all_reduce(Buffer buffer, ReduceOp op) override;
  Work broadcast(Buffer buffer, int root) override;
  void barrier() override;

 private:
  /// Element bounds of each rank's range in a buffer: rank r owns [bounds[r], bounds[r + 1]).
  using Ranges = std::vector<std::int64_t>;
  Ranges even_ranges(std::int64_t count) const;

  struct Collective {
    std::string name;
    std::packaged_task<void()> task;
  };
  Work enqueue(const char* operation, std::function<void()> collective);
  void run_progress();
  void wait_quietly(std::vector<MPI_Request>& requests) const;
  void send_bytes(const char* data, std::int64_t bytes, int peer, std::vector<MPI_Request>& requests) const;
  void receive_bytes(char* data, std::int64_t bytes, int peer, std::vector<MPI_Request>& requests) const;
  void gather_ranges(char* data, const Ranges& ranges, std::int64_t element) const;
  void reduce_ranges(const char* send, const Ranges& ranges, DType dtype, ReduceOp op, char* recv);

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  std::vector<char> scratch_;  // of the progress thread

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Collective> queue_;
  bool stopping_ = false;
  std::thread progress_;
};

}  // namespace hone
