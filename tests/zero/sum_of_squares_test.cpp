#include "zero/sum_of_squares.hpp"

#include <gtest/gtest.h>

#include "model/ops/test_devices.hpp"

namespace hone {
namespace {

TEST(SumOfSquares, OfAnyTensorsIsTheirSumInFloat64) {
  at::manual_seed(2);
  const std::vector<Tensor> values = {at::randn({70'001}, at::kFloat), at::randn({3}, at::kFloat) * 100,
                                      at::zeros({5}, at::kFloat)};
  double expected = 0, on_host = 0;
  for (const Tensor& tensor : values) {
    expected += tensor.to(at::kDouble).square().sum().item<double>();
    on_host += sum_of_squares(tensor);
  }
  EXPECT_NEAR(on_host / expected, 1, 1e-6);
  for (const at::Device& device : test_devices()) {
    std::vector<Tensor> placed;
    for (const Tensor& tensor : values) placed.push_back(tensor.to(device));
    EXPECT_NEAR(sum_of_squares_any(placed).item<double>() / expected, 1, 1e-5) << device;  // norms in fp32
  }
}

}  // namespace
}  // namespace hone
