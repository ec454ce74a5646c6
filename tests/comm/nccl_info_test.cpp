// The host side of NCCL, which needs no device; under mpirun at several rank counts.
#include "comm/nccl_info.hpp"

#include <gtest/gtest.h>

#include "comm/device_communicator.hpp"
#include "comm/nccl_id.hpp"
#include "comm/take_device.hpp"
#include "comm/test_session.hpp"

namespace hone {
namespace {

TEST(NcclId, IsThatOfRankZeroOnEveryRankAndNewEachTime) {
  if (nccl_library_version() == "none") return;  // a build without CUDA never asks for one
  Communicator& comm = test_session().communicator();
  const std::string first = share_nccl_id(comm), second = share_nccl_id(comm);
  EXPECT_EQ(first.size(), 128U);
  EXPECT_NE(first, second);
  for (const std::string& id : comm.gather_strings(first)) EXPECT_EQ(id, first);
}

TEST(NcclSurroundings, NamesVersionDevicesAndWhatTheUserSetAndClaimsNoNetwork) {
  EXPECT_EQ(describe({{"NCCL_DEBUG=INFO", "NCCL_SOCKET_IFNAME=hsn0"}, {"mlx5_0", "mlx5_1"}}, "2.28.9"),
            "NCCL 2.28.9; InfiniBand devices on this host: mlx5_0, mlx5_1; NCCL_DEBUG=INFO "
            "NCCL_SOCKET_IFNAME=hsn0");
  EXPECT_EQ(describe({{"NCCL_IB_DISABLE=1"}, {}}, "2.28.9"),
            "NCCL 2.28.9; no InfiniBand device on this host; NCCL_IB_DISABLE=1; NCCL_DEBUG=INFO shows which "
            "network it "
            "takes");
}

TEST(NcclSurroundings, FindsTheVariablesOfTheEnvironment) {
  ::setenv("NCCL_SOCKET_IFNAME", "lo", 1);
  const std::vector<std::string> variables = nccl_surroundings().variables;
  ::unsetenv("NCCL_SOCKET_IFNAME");
  EXPECT_NE(std::find(variables.begin(), variables.end(), "NCCL_SOCKET_IFNAME=lo"), variables.end());
}

TEST(TakeDevice, TheCpuNeedsNoCommunicatorOfItsOwn) {
  MpiSession& session = test_session();
  const Device device = take_device(DeviceChoice::kCpu, session);
  EXPECT_FALSE(device.is_cuda());
  EXPECT_EQ(make_device_communicator(device, session.communicator(), /*gathers_from_host=*/true,
                                     [](const Error&) {}),
            nullptr);
}

}  // namespace
}  // namespace hone
