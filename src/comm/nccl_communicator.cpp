#include "comm/nccl_communicator.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>

#include "comm/cuda_event.hpp"
#include "comm/nccl_id.hpp"

namespace hone {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(5);  // of what is under way
constexpr auto kIdlePoll = std::chrono::milliseconds(200);
constexpr cudaStream_t kCompute = nullptr;  // LibTorch computes on the default stream unless told otherwise
constexpr auto kAbortPatience = std::chrono::seconds(5);

ncclDataType_t nccl_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return ncclFloat32;
    case DType::kBFloat16: return ncclBfloat16;
    case DType::kFloat16: return ncclFloat16;
    case DType::kUInt8: return ncclUint8;
    case DType::kInt64: return ncclInt64;
    case DType::kFloat64: return ncclFloat64;
  }
  fail_assertion("a known dtype", __FILE__, __LINE__);
}

ncclRedOp_t nccl_op(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum: return ncclSum;
    case ReduceOp::kMax: return ncclMax;
  }
  fail_assertion("a known reduction", __FILE__, __LINE__);
}

std::size_t count_of(std::int64_t count) { return static_cast<std::size_t>(count); }

bool on_device(DeviceKind place) { return place == DeviceKind::kCuda; }

}  // namespace

NcclCommunicator::NcclCommunicator(Communicator& host, OnFailure on_failure)
    : Communicator(host.activity()), host_(host), on_failure_(std::move(on_failure)) {
  check_cuda(cudaGetDevice(&device_), "cudaGetDevice");
  int lowest = 0, highest = 0;
  check_cuda(cudaDeviceGetStreamPriorityRange(&lowest, &highest), "cudaDeviceGetStreamPriorityRange");
  check_cuda(cudaStreamCreateWithPriority(&stream_, cudaStreamNonBlocking, highest), "cudaStreamCreate");
  const std::string bytes = share_nccl_id(host);
  ncclUniqueId id{};
  HONE_ASSERT(bytes.size() == sizeof id.internal);
  std::memcpy(id.internal, bytes.data(), bytes.size());
  activity().enter("making the NCCL communicator", DeviceKind::kCuda);
  check_nccl(ncclCommInitRank(&comm_, host.size(), id, host.rank()), "ncclCommInitRank");
  activity().leave(DeviceKind::kCuda);
  watcher_ = std::thread([this] { watch(); });
}

NcclCommunicator::~NcclCommunicator() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  watcher_.join();
  if (aborted_) return;
  cudaStreamSynchronize(stream_);
  ncclCommDestroy(comm_);
  cudaStreamDestroy(stream_);
}

// After an abort the job is about to end, and another thread ends it with the one line: the thread that
// trains must neither touch what is being freed nor fail with a line of its own.
void NcclCommunicator::park_after_abort() const {
  while (aborted_) std::this_thread::sleep_for(kIdlePoll);
}

void NcclCommunicator::check(int code, const char* operation) const {
  if (code != ncclSuccess) park_after_abort();  // which made the call fail
  check_nccl(static_cast<ncclResult_t>(code), operation, comm_);
}

void NcclCommunicator::begin_launch(const char* operation) {
  open_ = std::make_unique<Launch>(
      Launch{activity().about(operation), std::make_shared<CudaEvent>(), std::make_shared<CudaEvent>()});
  CudaEvent issued;
  issued.record(kCompute);
  issued.block(stream_);
  open_->started->record(stream_);
}

void NcclCommunicator::end_launch() {
  open_->done->record(stream_);
  {
    const std::lock_guard lock(mutex_);
    under_way_.push_back(std::move(*open_));
  }
  open_.reset();
  wake_.notify_one();
}

template <typename Call>
Work NcclCommunicator::launch(const char* operation, const Call& call) {
  park_after_abort();
  if (!open_) {
    begin_launch(operation);
    if (grouped_) check(ncclGroupStart(), "ncclGroupStart");
  }
  check(call(), operation);
  Work work([done = open_->done] { done->block(kCompute); });
  if (!grouped_) end_launch();
  return work;
}

void NcclCommunicator::begin_group() {
  HONE_ASSERT(!grouped_);
  grouped_ = true;
}

void NcclCommunicator::end_group() {
  grouped_ = false;
  if (!open_) return;
  park_after_abort();
  check(ncclGroupEnd(), "ncclGroupEnd");
  end_launch();
}

Work NcclCommunicator::all_gather(ConstBuffer send, Buffer recv) {
  HONE_ASSERT(recv.count == send.count * size() && recv.dtype == send.dtype);
  if (!on_device(recv.place)) return host_.all_gather(send, recv);
  return launch("all_gather", [&] {
    const void* values = send.data;
    if (!on_device(send.place)) {
      const auto bytes = static_cast<std::size_t>(send.count * size_of(send.dtype));
      void* const own = static_cast<char*>(recv.data) + static_cast<std::size_t>(rank()) * bytes;
      check_cuda(cudaMemcpyAsync(own, send.data, bytes, cudaMemcpyHostToDevice, stream_), "cudaMemcpyAsync");
      values = own;
    }
    return ncclAllGather(values, recv.data, count_of(send.count), nccl_type(send.dtype), comm_, stream_);
  });
}

Work NcclCommunicator::reduce_scatter(ConstBuffer send, Buffer recv) {
  HONE_ASSERT(send.count == recv.count * size() && recv.dtype == send.dtype && recv.place == send.place);
  if (!on_device(send.place)) return host_.reduce_scatter(send, recv);
  return launch("reduce_scatter", [&] {
    return ncclReduceScatter(send.data, recv.data, count_of(recv.count), nccl_type(send.dtype), ncclSum,
                             comm_, stream_);
  });
}

Work NcclCommunicator::all_reduce(Buffer buffer, ReduceOp op) {
  if (!on_device(buffer.place)) return host_.all_reduce(buffer, op);
  return launch("all_reduce", [&] {
    return ncclAllReduce(buffer.data, buffer.data, count_of(buffer.count), nccl_type(buffer.dtype),
                         nccl_op(op), comm_, stream_);
  });
}

Work NcclCommunicator::broadcast(Buffer buffer, int root) {
  if (!on_device(buffer.place)) return host_.broadcast(buffer, root);
  return launch("broadcast", [&] {
    return ncclBroadcast(buffer.data, buffer.data, count_of(buffer.count), nccl_type(buffer.dtype), root,
                         comm_, stream_);
  });
}

// ncclCommAbort frees kernels that wait for peers; it may itself hang on a broken driver, and the job must
// end.
void NcclCommunicator::abort() {
  if (aborted_.exchange(true)) return;
  auto done = std::make_shared<std::promise<void>>();
  std::future<void> aborted = done->get_future();
  std::thread([comm = comm_, device = device_, done] {
    cudaSetDevice(device);
    ncclCommAbort(comm);
    done->set_value();
  }).detach();
  aborted.wait_for(kAbortPatience);
}

void NcclCommunicator::watch() {
  try {
    check_cuda(cudaSetDevice(device_), "cudaSetDevice");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wake_.wait_for(lock, under_way_.empty() ? kIdlePoll : kPoll);
      note_progress();
      require_no_error();
    }
  } catch (const Error& error) {
    on_failure_(error);
  }
}

// Every launch is entered and left, however short it was: ranks are compared by how many they entered.
void NcclCommunicator::note_progress() {
  while (!under_way_.empty()) {
    Launch& first = under_way_.front();
    if (!first.entered) {
      if (!first.started->reached()) return;
      activity().enter(first.name, DeviceKind::kCuda);
      first.entered = true;
    }
    if (!first.done->reached()) return;
    activity().leave(DeviceKind::kCuda);
    under_way_.pop_front();
  }
}

void NcclCommunicator::require_no_error() {
  if (aborted_) return;
  ncclResult_t state = ncclSuccess;
  check_nccl(ncclCommGetAsyncError(comm_, &state), "ncclCommGetAsyncError", comm_);
  if (state != ncclInProgress) check_nccl(state, "a collective under way", comm_);
}

}  // namespace hone
