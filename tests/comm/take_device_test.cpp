#include "comm/take_device.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

const VisibleDevices kNone = {0, "no CUDA-capable device is detected"}, kOne = {1, ""}, kFour = {4, ""};

DeviceClaim on_cpu(const std::string& host) { return {host, {}, ""}; }
DeviceClaim on_card(const std::string& host, int index, const std::string& uuid) {
  return {host, {DeviceKind::kCuda, index}, uuid};
}

/// The message of the usage error that `act` ends with.
template <typename Act>
std::string refusal(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ChooseDevice, AutoTakesACudaDeviceWhereOneIsSeenAndElseTheCpu) {
  EXPECT_EQ(name_of(choose_device(DeviceChoice::kAuto, 0, 1, kFour)), "cuda:0");
  EXPECT_EQ(name_of(choose_device(DeviceChoice::kAuto, 0, 1, kNone)), "cpu");
}

TEST(ChooseDevice, CpuNeverTakesADevice) {
  EXPECT_EQ(name_of(choose_device(DeviceChoice::kCpu, 1, 2, kFour)), "cpu");
}

TEST(ChooseDevice, CudaWithoutADeviceIsRefusedWithTheDriversReason) {
  const std::string text = refusal([] { choose_device(DeviceChoice::kCuda, 0, 1, kNone); });
  EXPECT_TRUE(contains(text, kNone.reason)) << text;
  EXPECT_TRUE(contains(text, "--device cpu")) << text;
}

TEST(ChooseDevice, OfSeveralARankTakesTheOneOfItsPlaceOnTheHost) {
  for (int rank = 0; rank < 4; ++rank) {
    EXPECT_EQ(choose_device(DeviceChoice::kCuda, rank, 4, kFour).index, rank);
    EXPECT_EQ(choose_device(DeviceChoice::kAuto, rank, 4, kFour).index, rank);
  }
}

TEST(ChooseDevice, TheOnlyOneSeenIsTakenByAnyRankSinceLaunchersGiveEachItsOwn) {
  EXPECT_EQ(name_of(choose_device(DeviceChoice::kCuda, 3, 4, kOne)), "cuda:0");
}

TEST(ChooseDevice, MoreRanksThanDevicesAreRefusedAlsoUnderAuto) {
  for (const DeviceChoice choice : {DeviceChoice::kCuda, DeviceChoice::kAuto}) {
    const std::string text = refusal([&] { choose_device(choice, 4, 6, kFour); });
    EXPECT_TRUE(contains(text, "6 ranks") && contains(text, "4 CUDA devices")) << text;
  }
}

TEST(UnusedDevices, AutoThatTakesTheCpuBesideADriverSaysWhy) {
  const VisibleDevices old_driver = {0, "CUDA driver version is insufficient for CUDA runtime version", true};
  const std::string text = unused_devices(DeviceChoice::kAuto, 1, old_driver, "n1");
  EXPECT_TRUE(contains(text, "on the CPU") && contains(text, "n1") && contains(text, old_driver.reason))
      << text;
  EXPECT_EQ(unused_devices(DeviceChoice::kCpu, 1, old_driver, "n1"), "");
}

TEST(UnusedDevices, AMachineWithoutADriverIsOneWithoutACard) {
  EXPECT_EQ(unused_devices(DeviceChoice::kAuto, 1, kNone, "n1"), "");
}

TEST(UnusedDevices, MoreDevicesThanRanksOnAHostAreCountedWithWhatTakesThem) {
  const std::string text = unused_devices(DeviceChoice::kCuda, 1, kFour, "n1");
  EXPECT_TRUE(contains(text, "3 of 4 CUDA devices on n1")) << text;
  EXPECT_TRUE(contains(text, "--ntasks-per-node=4 --gpus-per-node=4")) << text;
  EXPECT_EQ(unused_devices(DeviceChoice::kAuto, 4, kFour, "n1"), "");
  EXPECT_EQ(unused_devices(DeviceChoice::kAuto, 4, kOne, "n1"), "");  // each rank its own
}

TEST(OwnDevices, ACardOfEachRankOnEveryHostIsFine) {
  EXPECT_NO_THROW(require_own_devices({on_card("n1", 0, "a"), on_card("n1", 1, "b"), on_card("n2", 0, "c")}));
  EXPECT_NO_THROW(
      require_own_devices({on_card("n1", 0, "a"), on_card("n1", 0, "b")}));  // each sees its own alone
  EXPECT_NO_THROW(require_own_devices({on_cpu("n1"), on_cpu("n1")}));
}

TEST(OwnDevices, TwoRanksOnOneCardAreNamedWithTheirHost) {
  const std::string text = refusal([] {
    require_own_devices({on_card("n1", 0, "a"), on_card("n2", 0, "b"), on_card("n2", 0, "b")});
  });
  EXPECT_TRUE(contains(text, "ranks 1 and 2 on host n2")) << text;
}

TEST(OwnDevices, ARankWithoutADeviceAmongRanksWithOneIsNamed) {
  const std::string text = refusal([] { require_own_devices({on_card("n1", 0, "a"), on_cpu("n2")}); });
  EXPECT_TRUE(contains(text, "rank 1 on host n2 sees none")) << text;
}

}  // namespace
}  // namespace hone
