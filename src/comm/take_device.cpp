#include "comm/take_device.hpp"

#include <fmt/format.h>

#include <map>
#include <sstream>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace hone {
namespace {

constexpr const char* kRemedy = "start as many ranks on a host as it has devices, or say --device cpu";

std::string to_text(const DeviceClaim& claim) {
  return fmt::format("{} {} {}", claim.device.is_cuda() ? "cuda" : "cpu", claim.device.index, claim.uuid);
}

DeviceClaim parse_claim(const std::string& text) {
  DeviceClaim claim;
  std::string kind;
  std::istringstream(text) >> kind >> claim.device.index >> claim.uuid;
  claim.device.kind = kind == "cuda" ? DeviceKind::kCuda : DeviceKind::kCpu;
  return claim;
}

}  // namespace

std::string name_of(const Device& device) {
  return device.is_cuda() ? fmt::format("cuda:{}", device.index) : "cpu";
}

Device choose_device(DeviceChoice choice, int local_rank, int local_size, const VisibleDevices& visible) {
  if (choice == DeviceChoice::kCpu) return {};
  if (visible.count == 0) {
    if (choice == DeviceChoice::kAuto) return {};
    fail_usage(
        "--device cuda, but no CUDA device is seen", visible.reason,
        "ask the scheduler for GPUs and look at nvidia-smi and CUDA_VISIBLE_DEVICES, or say --device cpu");
  }
  if (visible.count == 1) return {DeviceKind::kCuda, 0};
  if (local_rank >= visible.count) {
    fail_usage(fmt::format("{} ranks on this host, but {} CUDA devices", local_size, visible.count),
               "two ranks can't share a device", kRemedy);
  }
  return {DeviceKind::kCuda, local_rank};
}

std::string unused_devices(DeviceChoice choice, int local_size, const VisibleDevices& visible,
                           const std::string& host) {
  if (choice == DeviceChoice::kCpu) return "";
  if (visible.count == 0) {
    if (!visible.driver) return "";
    return fmt::format(
        "training on the CPU, though {} runs NVIDIA's driver ({}); ask the scheduler for GPUs and look at "
        "nvidia-smi and CUDA_VISIBLE_DEVICES, or say --device cpu",
        host, visible.reason);
  }
  // A rank that sees one device may have been given it by the launcher, which knows of the others.
  const int idle = visible.count - local_size;
  if (visible.count == 1 || idle <= 0) return "";
  return fmt::format(
      "{} of {} CUDA devices on {} will idle; start a rank for each (under Slurm --ntasks-per-node={} "
      "--gpus-per-node={}), or name those to use in CUDA_VISIBLE_DEVICES",
      idle, visible.count, host, visible.count, visible.count);
}

void require_own_devices(const std::vector<DeviceClaim>& claims) {
  std::map<std::pair<std::string, std::string>, std::size_t> owners;  // of each card
  for (std::size_t rank = 0; rank < claims.size(); ++rank) {
    const DeviceClaim& claim = claims[rank];
    if (claim.device.is_cuda() != claims.front().device.is_cuda()) {
      const auto on = [](const DeviceClaim& c) {
        return c.device.is_cuda() ? "sees a CUDA device" : "sees none";
      };
      fail_usage("the ranks don't all see a CUDA device",
                 fmt::format("rank 0 on host {} {}, rank {} on host {} {}", claims.front().host,
                             on(claims.front()), rank, claim.host, on(claim)),
                 "give every rank a device, or say --device cpu");
    }
    if (!claim.device.is_cuda()) continue;
    const auto [owner, first] = owners.emplace(std::pair(claim.host, claim.uuid), rank);
    if (first) continue;
    fail_usage(
        fmt::format("ranks {} and {} on host {} see the same CUDA device", owner->second, rank, claim.host),
        "two ranks can't share a device", kRemedy);
  }
}

Device take_device(DeviceChoice choice, MpiSession& session) {
  const VisibleDevices visible = choice == DeviceChoice::kCpu ? VisibleDevices() : visible_cuda_devices();
  const Device device = choose_device(choice, session.local_rank(), session.local_size(), visible);
  if (session.rank() == 0) {
    const std::string unused = unused_devices(choice, session.local_size(), visible, session.host());
    if (!unused.empty()) log::warn("{}", unused);
  }
  if (device.is_cuda()) use_cuda_device(device.index);
  Communicator& comm = session.communicator();
  const DeviceClaim own = {session.host(), device,
                           device.is_cuda() ? cuda_properties(device.index).uuid : ""};
  const std::vector<std::string> hosts = comm.gather_strings(own.host),
                                 texts = comm.gather_strings(to_text(own));
  std::vector<DeviceClaim> claims;
  for (std::size_t rank = 0; rank < texts.size(); ++rank) {
    claims.push_back(parse_claim(texts[rank]));
    claims.back().host = hosts[rank];
  }
  require_own_devices(claims);
  return device;
}

}  // namespace hone
