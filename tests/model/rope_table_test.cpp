#include "model/rope_table.hpp"

#include <gtest/gtest.h>

#include "reference_decoder.hpp"

namespace hone {
namespace {

TEST(RopeTable, EachSampleBeginsAtPositionZero) {
  const ModelConfig config = config_of("Qwen3");
  const RopeTable table(config, 9, at::kFloat, at::kCPU);
  const Segments segments = table.segments({0, 9, 10, 14});
  const auto [cos, sin] = rotation(config, 9);
  const auto rows = [](const Tensor& x) { return at::cat({x, x.narrow(0, 0, 1), x.narrow(0, 0, 4)}); };
  EXPECT_TRUE(at::allclose(segments.cos.to(at::kDouble), rows(cos), 0, 1e-6));
  EXPECT_TRUE(at::allclose(segments.sin.to(at::kDouble), rows(sin), 0, 1e-6));
  EXPECT_EQ(table.segments({0}).cos.sizes(), (std::vector<std::int64_t>{0, config.head_dim / 2}));
  EXPECT_THROW(table.segments({0, 10}), std::logic_error);
}

}  // namespace
}  // namespace hone
