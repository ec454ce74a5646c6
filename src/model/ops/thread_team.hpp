#pragma once

namespace hone::ops {

/// From here on products and kernels compute on `threads` threads. LibTorch's libraries cut their work for so
/// many and leave out the rest where OpenMP gives fewer, so that OMP_DYNAMIC is switched off; throws
/// Error(kUsage) where the environment still allows fewer (OMP_THREAD_LIMIT).
void take_threads(int threads);

}  // namespace hone::ops
