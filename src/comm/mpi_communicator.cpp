#include "comm/mpi_communicator.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/error.hpp"
#include "comm/mpi_error.hpp"
#include "comm/reduce_kernels.hpp"

namespace hone {
namespace {

constexpr std::int64_t kMessageBytes = std::int64_t{1} << 30;  // MPI counts are ints
constexpr std::int64_t kReduceChunkBytes = std::int64_t{1}
                                           << 20;  // small enough to stay in cache while it is summed
constexpr int kPollsBeforeSleep = 200;
constexpr auto kSleep = std::chrono::microseconds(50);

template <typename AnyBuffer>
bool in_host_memory(const AnyBuffer& buffer) {
  return buffer.place == DeviceKind::kCpu;
}

}  // namespace

MpiCommunicator::MpiCommunicator(MPI_Comm parent) {
  check_mpi(MPI_Comm_dup(parent, &comm_), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  progress_ = std::thread([this] { run_progress(); });
}

MpiCommunicator::~MpiCommunicator() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  progress_.join();
  MPI_Comm_free(&comm_);
}

Work MpiCommunicator::enqueue(const char* operation, std::function<void()> collective) {
  Collective next{activity().about(operation), std::packaged_task<void()>(std::move(collective))};
  Work work([done = next.task.get_future().share()] { done.get(); });
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(next));
  }
  wake_.notify_one();
  return work;
}

void MpiCommunicator::run_progress() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Collective next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    activity().enter(std::move(next.name), DeviceKind::kCpu);
    next.task();
    activity().leave(DeviceKind::kCpu);
    lock.lock();
  }
}

void MpiCommunicator::wait_quietly(std::vector<MPI_Request>& requests) const {
  for (int polls = 0;; ++polls) {
    int done = 0;
    check_mpi(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE),
              "MPI_Testall");
    if (done != 0) break;
    if (polls >= kPollsBeforeSleep) std::this_thread::sleep_for(kSleep);
  }
  requests.clear();
}

void MpiCommunicator::send_bytes(const char* data, std::int64_t bytes, int peer,
                                 std::vector<MPI_Request>& requests) const {
  for (std::int64_t done = 0; done < bytes; done += kMessageBytes) {
    const int count = static_cast<int>(std::min(kMessageBytes, bytes - done));
    check_mpi(MPI_Isend(data + done, count, MPI_BYTE, peer, 0, comm_, &requests.emplace_back()), "MPI_Isend");
  }
}

void MpiCommunicator::receive_bytes(char* data, std::int64_t bytes, int peer,
                                    std::vector<MPI_Request>& requests) const {
  for (std::int64_t done = 0; done < bytes; done += kMessageBytes) {
    const int count = static_cast<int>(std::min(kMessageBytes, bytes - done));
    check_mpi(MPI_Irecv(data + done, count, MPI_BYTE, peer, 0, comm_, &requests.emplace_back()), "MPI_Irecv");
  }
}

MpiCommunicator::Ranges MpiCommunicator::even_ranges(std::int64_t count) const {
  const std::int64_t piece = (count + size_ - 1) / size_;
  Ranges ranges;
  for (int rank = 0; rank <= size_; ++rank) ranges.push_back(std::min(count, piece * rank));
  return ranges;
}

// Every rank's own range of `data` reaches all others.
void MpiCommunicator::gather_ranges(char* data, const Ranges& ranges, std::int64_t element) const {
  std::vector<MPI_Request> requests;
  const auto bytes = [&](int rank) { return (ranges[rank + 1] - ranges[rank]) * element; };
  for (int step = 1; step < size_; ++step) {
    const int from = (rank_ - step + size_) % size_, to = (rank_ + step) % size_;
    receive_bytes(data + ranges[from] * element, bytes(from), from, requests);
    send_bytes(data + ranges[rank_] * element, bytes(rank_), to, requests);
  }
  wait_quietly(requests);
}

// recv = this rank's range of the ranks' `send`s combined in rank order. `recv` may be that range itself.
void MpiCommunicator::reduce_ranges(const char* send, const Ranges& ranges, DType dtype, ReduceOp op,
                                    char* recv) {
  const std::int64_t element = size_of(dtype);
  std::int64_t longest = 0;
  for (int rank = 0; rank < size_; ++rank) longest = std::max(longest, ranges[rank + 1] - ranges[rank]);
  const std::int64_t chunk = std::clamp<std::int64_t>(longest, 1, kReduceChunkBytes / element);
  const std::int64_t chunks = (longest + chunk - 1) / chunk, slots = chunks > 1 ? 2 : 1;
  const std::int64_t chunk_bytes = chunk * element;
  // A slot has a chunk from every rank; the sum comes last.
  const auto needed = static_cast<std::size_t>(chunk_bytes * (slots * size_ + 1));
  if (scratch_.size() < needed) scratch_.resize(needed);
  char* const sum = scratch_.data() + chunk_bytes * slots * size_;

  // Elements of chunk `index` in the range of `rank`.
  const auto part = [&](int rank, std::int64_t index) {
    const std::int64_t begin = std::min(ranges[rank] + index * chunk, ranges[rank + 1]);
    return std::pair{begin, std::min(begin + chunk, ranges[rank + 1]) - begin};
  };
  const auto slot = [&](std::int64_t index, int rank) {
    return scratch_.data() + ((index % 2) * size_ + rank) * chunk_bytes;
  };
  std::vector<MPI_Request> requests[2];
  const auto post = [&](std::int64_t index) {
    for (int step = 1; step < size_; ++step) {
      const int from = (rank_ - step + size_) % size_, to = (rank_ + step) % size_;
      receive_bytes(slot(index, from), part(rank_, index).second * element, from, requests[index % 2]);
      const auto [begin, count] = part(to, index);
      send_bytes(send + begin * element, count * element, to, requests[index % 2]);
    }
  };

  if (chunks > 0) post(0);
  for (std::int64_t index = 0; index < chunks; ++index) {
    if (index + 1 < chunks) post(index + 1);  // travels while this chunk is summed
    wait_quietly(requests[index % 2]);
    const auto [begin, count] = part(rank_, index);
    for (int rank = 0; rank < size_; ++rank) {
      const char* const values = rank == rank_ ? send + begin * element : slot(index, rank);
      if (rank == 0) {
        std::memcpy(sum, values, static_cast<std::size_t>(count * element));
      } else {
        combine(dtype, op, count, values, sum);
      }
    }
    std::memcpy(recv + (begin - ranges[rank_]) * element, sum, static_cast<std::size_t>(count * element));
  }
}

Work MpiCommunicator::all_gather(ConstBuffer send, Buffer recv) {
  HONE_ASSERT(in_host_memory(send) && in_host_memory(recv));
  HONE_ASSERT(recv.count == send.count * size_ && recv.dtype == send.dtype);
  return enqueue("all_gather", [this, send, recv] {
    const std::int64_t element = size_of(send.dtype);
    char* const data = static_cast<char*>(recv.data);
    char* const own = data + rank_ * send.count * element;
    if (own != send.data && send.count > 0)
      std::memcpy(own, send.data, static_cast<std::size_t>(send.count * element));
    gather_ranges(data, even_ranges(recv.count), element);
  });
}

Work MpiCommunicator::reduce_scatter(ConstBuffer send, Buffer recv) {
  HONE_ASSERT(in_host_memory(send) && in_host_memory(recv));
  HONE_ASSERT(send.count == recv.count * size_ && recv.dtype == send.dtype);
  return enqueue("reduce_scatter", [this, send, recv] {
    reduce_ranges(static_cast<const char*>(send.data), even_ranges(send.count), send.dtype, ReduceOp::kSum,
                  static_cast<char*>(recv.data));
  });
}

Work MpiCommunicator::all_reduce(Buffer buffer, ReduceOp op) {
  HONE_ASSERT(in_host_memory(buffer));
  return enqueue("all_reduce", [this, buffer, op] {
    const Ranges ranges = even_ranges(buffer.count);
    const std::int64_t element = size_of(buffer.dtype);
    char* const data = static_cast<char*>(buffer.data);
    reduce_ranges(data, ranges, buffer.dtype, op, data + ranges[rank_] * element);
    gather_ranges(data, ranges, element);
  });
}

Work MpiCommunicator::broadcast(Buffer buffer, int root) {
  HONE_ASSERT(in_host_memory(buffer));
  return enqueue("broadcast", [this, buffer, root] {
    std::vector<MPI_Request> requests;
    char* const data = static_cast<char*>(buffer.data);
    const std::int64_t bytes = buffer.count * size_of(buffer.dtype);
    if (rank_ != root) receive_bytes(data, bytes, root, requests);
    for (int peer = 0; rank_ == root && peer < size_; ++peer) {
      if (peer != root) send_bytes(data, bytes, peer, requests);
    }
    wait_quietly(requests);
  });
}

void MpiCommunicator::barrier() {
  enqueue("barrier", [this] {
    std::vector<MPI_Request> requests(1);  // MPI_Barrier would spin until the last rank comes
    check_mpi(MPI_Ibarrier(comm_, requests.data()), "MPI_Ibarrier");
    wait_quietly(requests);
  }).wait();
}

}  // namespace hone
