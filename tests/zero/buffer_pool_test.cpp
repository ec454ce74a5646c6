#include "zero/buffer_pool.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(BufferPool, GivesABufferThatCameBackAgain) {
  BufferPool pool(at::kCPU);
  Tensor first = pool.take(100, at::kFloat);
  const void* const memory = first.data_ptr();
  pool.give(std::move(first));
  EXPECT_EQ(pool.take(100, at::kFloat).data_ptr(), memory);
}

TEST(BufferPool, NeverGivesABufferToTwo) {
  BufferPool pool(at::kCPU);
  const Tensor one = pool.take(100, at::kFloat), other = pool.take(100, at::kFloat);
  EXPECT_NE(one.data_ptr(), other.data_ptr());
  pool.give(one);
  const Tensor third = pool.take(100, at::kFloat), fourth = pool.take(100, at::kFloat);
  EXPECT_EQ(third.data_ptr(), one.data_ptr());
  EXPECT_NE(fourth.data_ptr(), one.data_ptr());
}

TEST(BufferPool, GivesTheLengthAndTypeAskedForWhateverCameBack) {
  BufferPool pool(at::kCPU);
  pool.give(pool.take(100, at::kFloat));
  pool.give(pool.take(50, at::kBFloat16));
  for (const auto& [numel, type] : {std::pair(50L, at::kFloat), {100L, at::kBFloat16}, {100L, at::kFloat}}) {
    const Tensor buffer = pool.take(numel, type);
    EXPECT_EQ(buffer.sizes(), at::IntArrayRef({numel}));
    EXPECT_EQ(buffer.scalar_type(), type);
    EXPECT_EQ(buffer.device(), pool.device());
  }
}

}  // namespace
}  // namespace hone
