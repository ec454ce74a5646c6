#pragma once

#include <functional>

namespace hone {

/// Calls `work`; what LibTorch says of a device whose memory is full leaves it as Error(kRunTimeFailure) with
/// what takes less of it.
void explain_full_device(const std::function<void()>& work);

}  // namespace hone
