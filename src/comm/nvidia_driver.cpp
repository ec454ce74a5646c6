#include "comm/nvidia_driver.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace hone {

bool runs_nvidia_driver() {
  const char* const named = std::getenv("CUDA_VISIBLE_DEVICES");
  if (named != nullptr && *named == '\0') return false;
  // There while the kernel runs the driver, whatever its version and whatever devices a job may use.
  std::error_code ignored;
  return std::filesystem::exists("/dev/nvidiactl", ignored);
}

}  // namespace hone
