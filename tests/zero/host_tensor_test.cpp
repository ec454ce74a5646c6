// Host memory beside a device. No device is needed: what CUDA can't pin is there all the same.
#include "zero/host_tensor.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "comm/cuda_device.hpp"

namespace hone {
namespace {

const at::Device kDevice(at::kCUDA, 0);

std::uintptr_t address(const Tensor& tensor) { return reinterpret_cast<std::uintptr_t>(tensor.data_ptr()); }

class HostTensor : public ::testing::Test {
 protected:
  // Before all tests, since it warns once in a program's life.
  static void SetUpTestSuite() {
    testing::internal::CaptureStderr();
    zeros_beside(10, at::kFloat, kDevice);
    zeros_beside(10, at::kFloat, kDevice);
    warned_ = testing::internal::GetCapturedStderr();
  }

  static std::size_t warnings() {
    std::size_t count = 0;
    for (auto at = warned_.find("can't be pinned"); at != std::string::npos;
         at = warned_.find("can't be pinned", at + 1))
      ++count;
    return count;
  }

  static inline std::string warned_;
};

TEST_F(HostTensor, MemoryThatCanTBePinnedIsWarnedOfOnce) {
  EXPECT_EQ(warnings(), visible_cuda_devices().count == 0 ? 1U : 0U) << warned_;
}

TEST_F(HostTensor, IsZeroOfTheTypeAndLengthAskedForAndOnTheHost) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf, at::kByte}) {
    for (const at::Device& device : {at::Device(at::kCPU), kDevice}) {
      const Tensor zeros = zeros_beside(5000, at::TensorOptions(at::kCPU).dtype(type), device);
      EXPECT_EQ(zeros.sizes(), at::IntArrayRef({5000}));
      EXPECT_EQ(zeros.scalar_type(), type);
      EXPECT_TRUE(zeros.device().is_cpu());
      EXPECT_EQ(zeros.count_nonzero().item<std::int64_t>(), 0);
    }
  }
}

TEST_F(HostTensor, BesideADeviceItHasWholePagesOfItsOwn) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const Tensor one = zeros_beside(3, at::kFloat, kDevice), other = zeros_beside(3, at::kFloat, kDevice);
  EXPECT_EQ(address(one) % page, 0U);
  EXPECT_EQ(address(other) % page, 0U);
  EXPECT_NE(address(one), address(other));
}

TEST_F(HostTensor, ItsMemoryHoldsEveryElementOfItsType) {
  const std::int64_t numel = (1 << 20) + 7;
  const Tensor doubles = zeros_beside(numel, at::kDouble, kDevice);
  doubles.copy_(at::arange(numel, at::kDouble));
  EXPECT_EQ(doubles.sum().item<double>(), static_cast<double>(numel) * static_cast<double>(numel - 1) / 2);
}

TEST_F(HostTensor, ItsMemoryLivesAsLongAsAnyViewOfIt) {
  Tensor view = zeros_beside(4096, at::kFloat, kDevice).narrow(0, 2048, 2048);
  const Tensor taken_since = zeros_beside(4096, at::kFloat, kDevice);
  taken_since.fill_(7);
  view.add_(1);
  EXPECT_EQ(view.sum().item<float>(), 2048.0F);
}

TEST_F(HostTensor, MayHaveNoElements) { EXPECT_EQ(zeros_beside(0, at::kFloat, kDevice).numel(), 0); }

}  // namespace
}  // namespace hone
