#pragma once

#include <cstddef>
#include <cstdint>

/// One input. What it should not do throws std::logic_error, which ends a fuzzer and fails a test.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count);
