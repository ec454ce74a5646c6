#pragma once

#include <cmath>

#if defined(__x86_64__) && defined(__GLIBC__)
/// glibc's libmvec has vector forms of expf (4 units in the last place), which <math.h> tells the compiler of
/// under -ffast-math alone. They serve loops under `#pragma omp simd` in HONE_VECTORISED functions.
extern "C" __attribute__((simd("notinbranch"))) float expf(float) noexcept;
#endif
