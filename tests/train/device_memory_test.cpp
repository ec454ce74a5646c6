#include "train/device_memory.hpp"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.hpp"

namespace hone {
namespace {

TEST(DeviceMemory, OfAFullDeviceTheFirstLineAndWhatTakesLessAreSaid) {
  try {
    explain_full_device([] {
      TORCH_CHECK_WITH(OutOfMemoryError, false,
                       "CUDA out of memory. Tried to allocate 2.00 GiB.\nMore of it");
    });
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.code(), ExitCode::kRunTimeFailure);
    EXPECT_NE(text.find("(CUDA out of memory. Tried to allocate 2.00 GiB."), std::string::npos) << text;
    EXPECT_NE(text.find("--per_device_train_batch_size"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

TEST(DeviceMemory, OtherFailuresStayWhatTheyAre) {
  EXPECT_THROW(explain_full_device([] { throw Error(ExitCode::kData, "a", "b", "c"); }), Error);
  EXPECT_THROW(explain_full_device([] { TORCH_CHECK(false, "a shape"); }), c10::Error);
}

}  // namespace
}  // namespace hone
