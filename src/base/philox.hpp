#pragma once

#include <array>
#include <cstdint>

namespace hone {

/// Philox4x32-10 (Salmon et al. 2011): four random words that depend on counter and key alone, so a draw can
/// be repeated on any rank, in any order, after any resume. Unrolled, so that a HONE_VECTORISED loop over
/// counters becomes one over vectors.
[[gnu::always_inline]] inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                                  std::array<std::uint32_t, 2> key) {
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0],
                        b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

}  // namespace hone
