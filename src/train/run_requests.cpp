#include "train/run_requests.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "train/stop_signals.hpp"

namespace hone {
namespace {

constexpr const char* kStopFile = "STOP";
constexpr const char* kSaveFile = "SAVE";
constexpr auto kLookInterval = std::chrono::seconds(1);  // network disks answer slowly

std::size_t index(Request request) { return static_cast<std::size_t>(request); }

}  // namespace

std::string request_name(Request request) {
  switch (request) {
    case Request::kTerminate: return "SIGTERM";
    case Request::kInterrupt: return "SIGINT";
    case Request::kUserSignal: return "SIGUSR1";
    case Request::kTimeUp: return "--max_hours";
    case Request::kStopFile: return "the file STOP";
    case Request::kSaveFile: return "the file SAVE";
  }
  return "";
}

void remove_earlier_requests(const std::filesystem::path& output) {
  for (const char* const name : {kStopFile, kSaveFile}) {
    std::error_code error;
    if (std::filesystem::remove(output / name, error))
      log::info("removed    the file {}, which was there before this launch", (output / name).string());
    if (error) log::warn("can't remove {} ({})", (output / name).string(), error.message());
  }
}

RunRequests::RunRequests(std::filesystem::path output, double max_hours, Clock::time_point launch,
                         Communicator& comm)
    : output_(std::move(output)), max_seconds_(max_hours * 3600), launch_(launch), comm_(comm) {}

double RunRequests::sum_and_agree(double value) {
  std::array<double, 1 + kRequestCount> sums{value};
  const auto own = asked();
  std::copy(own.begin(), own.end(), sums.begin() + 1);
  comm_.all_reduce({sums.data(), static_cast<std::int64_t>(sums.size()), DType::kFloat64}, ReduceOp::kSum)
      .wait();
  for (std::size_t i = 0; i < kRequestCount; ++i) {
    if (sums[1 + i] == 0) continue;
    const auto request = static_cast<Request>(i);
    if (request == Request::kSaveFile) {
      save_ = true;
    } else if (!stop_) {
      stop_ = request;
    }
  }
  return sums[0];
}

bool RunRequests::take_save() {
  if (!std::exchange(save_, false)) return false;
  if (comm_.rank() != 0) return true;
  std::error_code error;
  std::filesystem::remove(output_ / kSaveFile, error);
  if (error) {
    save_file_stays_ = true;
    log::warn("can't remove {} ({}); it is not looked at any more", (output_ / kSaveFile).string(),
              error.message());
  }
  return true;
}

std::array<double, kRequestCount> RunRequests::asked() {
  std::array<double, kRequestCount> asked{};
  const int signal = stop_signal();
  if (signal == SIGTERM) asked[index(Request::kTerminate)] = 1;
  if (signal == SIGINT) asked[index(Request::kInterrupt)] = 1;
  if (signal == SIGUSR1) asked[index(Request::kUserSignal)] = 1;
  if (comm_.rank() != 0) return asked;
  if (max_seconds_ > 0 && reserve_ && seconds_since(launch_) + *reserve_ >= max_seconds_)
    asked[index(Request::kTimeUp)] = 1;
  look_at_files(asked);
  return asked;
}

void RunRequests::look_at_files(std::array<double, kRequestCount>& asked) {
  const Clock::time_point now = Clock::now();
  if (looked_ && now - *looked_ < kLookInterval) return;
  looked_ = now;
  std::error_code error;
  if (std::filesystem::exists(output_ / kStopFile, error)) asked[index(Request::kStopFile)] = 1;
  if (!save_file_stays_ && std::filesystem::exists(output_ / kSaveFile, error))
    asked[index(Request::kSaveFile)] = 1;
}

}  // namespace hone
