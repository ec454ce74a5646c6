#pragma once

#include <string>
#include <vector>

#include "comm/cuda_device.hpp"
#include "comm/device.hpp"
#include "comm/mpi_session.hpp"

namespace hone {

/// The device of a host's rank `local_rank` of `local_size`: with --device auto a CUDA device where one is
/// seen, else the CPU. A rank that sees one device takes it, since launchers may give each rank its own; of
/// several it takes the one of its place. Throws Error(kUsage) for --device cuda without a device and for
/// more ranks than devices.
Device choose_device(DeviceChoice choice, int local_rank, int local_size, const VisibleDevices& visible);

/// What a user should know of devices that `local_size` ranks on `host` leave unused, as a warning: with
/// --device auto a card that can't be used, which else looks like a machine without one; more devices than
/// ranks. "" where there is nothing to say.
std::string unused_devices(DeviceChoice choice, int local_size, const VisibleDevices& visible,
                           const std::string& host);

/// What a rank says about the device it took.
struct DeviceClaim {
  std::string host;
  Device device;
  std::string uuid;  // "" for the CPU
};

/// Throws Error(kUsage) where some ranks took the CPU and others a CUDA device, or two of them the same card.
/// `claims` by rank.
void require_own_devices(const std::vector<DeviceClaim>& claims);

/// Chooses and, for CUDA, makes it the device of the calling thread; rank 0 warns of unused ones on its host.
/// All ranks call it together, before anything else touches a device. Throws as choose_device() and
/// require_own_devices().
Device take_device(DeviceChoice choice, MpiSession& session);

}  // namespace hone
