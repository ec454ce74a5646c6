// Every op against the ATen expression of its definition: values and, by autograd in float64, gradients. On
// the CPU always, and on a CUDA device in a process that sees one.
#include <gtest/gtest.h>

#include "model/ops/attention_kernels.hpp"
#include "model/ops/cross_entropy.hpp"
#include "model/ops/dropout.hpp"
#include "model/ops/dropout_any.hpp"
#include "model/ops/embedding.hpp"
#include "model/ops/linear.hpp"
#include "model/ops/rms_norm.hpp"
#include "model/ops/rope.hpp"
#include "model/ops/swiglu.hpp"
#include "model/ops/test_devices.hpp"

namespace hone {
namespace {

using at::Tensor;

class Ops : public ::testing::TestWithParam<OpCase> {
 protected:
  void SetUp() override { at::manual_seed(20); }

  // A float64 leaf that autograd follows; the op under test sees `cast(leaf)`.
  static Tensor leaf(at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble).requires_grad_(true); }
  Tensor cast(const Tensor& x) const { return place(x.detach().to(GetParam().type).clone()); }
  static Tensor place(const Tensor& x) { return x.to(GetParam().device); }
  at::TensorOptions values() const { return at::TensorOptions(GetParam().device).dtype(GetParam().type); }
  // As training keeps them: wider than 16-bit values.
  at::TensorOptions gradients() const {
    return GetParam().type == at::kBFloat16 ? values().dtype(at::kFloat) : values();
  }

  void expect_near(const Tensor& actual, const Tensor& expected) const {
    ASSERT_EQ(actual.sizes(), expected.sizes());
    const double scale = std::max(1e-6, expected.detach().abs().max().item<double>());
    const double difference =
        (actual.to(at::kCPU, at::kDouble) - expected.detach()).abs().max().item<double>();
    EXPECT_LT(difference / scale, GetParam().tolerance);
  }
};

TEST_P(Ops, LinearAndItsGradientsMatchTheProduct) {
  const Tensor x = leaf({7, 12}), w = leaf({10, 12}), b = leaf({10}), dy = at::randn({7, 10}, at::kDouble);
  const Tensor y = x.mm(w.t()) + b;
  (y * dy).sum().backward();
  expect_near(ops::linear(cast(x), cast(w), cast(b)), y);
  expect_near(ops::linear_add(cast(dy), cast(x), cast(w), cast(b)), y + dy);
  expect_near(ops::linear_backward_input(cast(dy), cast(w)), x.grad());
  const Tensor dw = at::ones({10, 12}, gradients()), db = at::ones({10}, gradients());
  ops::linear_backward_weight(cast(dy), cast(x), dw, db);
  expect_near(dw, w.grad() + 1);  // added to what was there
  expect_near(db, b.grad() + 1);
}

TEST_P(Ops, RmsNormMatchesItsDefinition) {
  for (const std::int64_t size : {5, 8, 64, 100}) {
    const Tensor x = leaf({33, size}), w = leaf({size}), dy = at::randn({33, size}, at::kDouble);
    const Tensor y = x * (x.square().mean(-1, true) + 1e-6).rsqrt() * w;
    (y * dy).sum().backward();
    Tensor inverse_rms;
    expect_near(ops::rms_norm(cast(x), cast(w), 1e-6, inverse_rms), y);
    const Tensor dw = at::zeros({size}, gradients());
    expect_near(ops::rms_norm_backward(cast(dy), cast(x), cast(w), inverse_rms, dw), x.grad());
    expect_near(dw, w.grad());
  }
}

TEST_P(Ops, RopeRotatesHalvesAndItsBackwardIsTheInverseRotation) {
  const Tensor angles = at::randn({9, 4}, at::kDouble), x = leaf({9, 3, 8}),
               dy = at::randn({9, 3, 8}, at::kDouble);
  const Tensor c = angles.cos().repeat({1, 2}).unsqueeze(1), s = angles.sin().repeat({1, 2}).unsqueeze(1);
  const Tensor rotated_half = at::cat({-x.narrow(2, 4, 4), x.narrow(2, 0, 4)}, 2);
  const Tensor y = x * c + rotated_half * s;
  (y * dy).sum().backward();
  // A view inside a wider row, as q is inside the joined q/k/v.
  const Tensor row = at::zeros({9, 5, 8}, values()), view = row.narrow(1, 1, 3);
  view.copy_(cast(x));
  ops::rope_(view, cast(angles.cos()), cast(angles.sin()));
  expect_near(view, y);
  EXPECT_EQ(row.narrow(1, 0, 1).abs().max().item<double>(), 0);
  EXPECT_EQ(row.narrow(1, 4, 1).abs().max().item<double>(), 0);
  const Tensor dx = cast(dy);
  ops::rope_backward_(dx, cast(angles.cos()), cast(angles.sin()));
  expect_near(dx, x.grad());
}

TEST_P(Ops, SwigluMatchesItsDefinition) {
  const Tensor x = leaf({6, 20}), dy = at::randn({6, 10}, at::kDouble);
  const Tensor gate = x.narrow(1, 0, 10), y = gate * gate.sigmoid() * x.narrow(1, 10, 10);
  (y * dy).sum().backward();
  expect_near(ops::swiglu(cast(x)), y);
  expect_near(ops::swiglu_backward(cast(dy), cast(x)), x.grad());
}

TEST_P(Ops, AttentionIsCausalInsideEachSampleAndBlindToTheOthers) {
  const std::int64_t heads = 6, kv_heads = 2, dim = 8;
  // Kernels work in blocks of 64 queries and 512 keys: samples within one, at its edge, over some.
  const ops::Bounds bounds = {0, 1, 6, 40, 104, 680};
  const std::int64_t tokens = bounds.back();
  // Keys that grow: the largest score of a query lies in a later block than its first ones.
  const Tensor growth = at::arange(tokens, at::kDouble).div_(200).add_(1).reshape({tokens, 1, 1});
  const Tensor q = leaf({tokens, heads, dim}), v = leaf({tokens, kv_heads, dim});
  const Tensor k = (at::randn({tokens, kv_heads, dim}, at::kDouble) * growth).requires_grad_(true);
  const Tensor dy = at::randn({tokens, heads * dim}, at::kDouble);
  // One softmax over the whole micro-batch under the block-diagonal causal mask.
  Tensor allowed = at::zeros({tokens, tokens}, at::kBool);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    for (std::int64_t row = bounds[i]; row < bounds[i + 1]; ++row)
      allowed[row].narrow(0, bounds[i], row - bounds[i] + 1).fill_(true);
  }
  const Tensor keys = k.repeat_interleave(heads / kv_heads, 1),
               values = v.repeat_interleave(heads / kv_heads, 1);
  const Tensor scores = at::einsum("qhd,khd->hqk", {q, keys}) / std::sqrt(static_cast<double>(dim));
  const Tensor weights = scores.masked_fill(allowed.logical_not(), -1e300).softmax(-1);
  const Tensor y = at::einsum("hqk,khd->qhd", {weights, values}).flatten(1);
  (y * dy).sum().backward();

  const auto expect_both_ways = [&](auto forward, auto backward) {
    ops::AttentionSaved saved;
    expect_near(forward(cast(q), cast(k), cast(v), bounds, saved), y);
    const Tensor dq = cast(q), dk = cast(k), dv = cast(v);
    backward(cast(dy), cast(q), cast(k), cast(v), bounds, saved, dq, dk, dv);
    expect_near(dq, q.grad());
    expect_near(dk, k.grad());
    expect_near(dv, v.grad());
  };
  expect_both_ways(ops::attention, ops::attention_backward);
  expect_both_ways(ops::attention_plain, ops::attention_backward_plain);
}

TEST_P(Ops, CrossEntropySumsOverRowsAndOverwritesLogitsWithTheScaledGradient) {
  const Tensor logits = leaf({11, 50}), targets = at::randint(50, {11}, at::kLong), placed = place(targets);
  const Tensor loss = at::cross_entropy_loss(logits, targets, {}, at::Reduction::Sum);
  (loss * 0.25).backward();
  expect_near(ops::cross_entropy(cast(logits), placed), loss);
  Tensor overwritten = cast(logits);
  expect_near(ops::cross_entropy_backward_(overwritten, placed, 0.25), loss);
  expect_near(overwritten, logits.grad());
}

TEST_P(Ops, CrossEntropyKeepsHugeLogitsFinite) {
  Tensor logits = at::full({2, 4}, 1e4, values());
  logits.select(1, 0).fill_(2e4);
  const Tensor targets = place(at::zeros({2}, at::kLong));
  EXPECT_EQ(ops::cross_entropy_backward_(logits, targets, 1.0).item<double>(), 0);
  EXPECT_TRUE(logits.isfinite().all().item<bool>());
}

TEST_P(Ops, EmbeddingGradientAddsUpRepeatedIds) {
  const Tensor w = leaf({8, 5}), ids = at::tensor({3, 1, 3, 3}, at::kLong),
               dy = at::randn({4, 5}, at::kDouble);
  const Tensor y = w.index_select(0, ids);
  (y * dy).sum().backward();
  expect_near(ops::embedding(place(ids), cast(w)), y);
  const Tensor dw = at::zeros({8, 5}, gradients());
  ops::embedding_backward(cast(dy), place(ids), dw);
  expect_near(dw, w.grad());
}

TEST_P(Ops, AnEmptyMicroBatchPassesThroughEveryOp) {
  const auto zeros = [&](at::IntArrayRef sizes) { return at::zeros(sizes, values()); };
  Tensor inverse_rms;
  EXPECT_EQ(ops::rms_norm(zeros({0, 8}), zeros({8}), 1e-6, inverse_rms).size(0), 0);
  EXPECT_EQ(ops::swiglu(zeros({0, 8})).size(1), 4);
  ops::AttentionSaved saved;
  const Tensor q = zeros({0, 2, 8}), k = zeros({0, 1, 8}), dq = zeros({0, 2, 8}), dk = zeros({0, 1, 8});
  EXPECT_EQ(ops::attention(q, k, k, {0}, saved).size(1), 16);
  ops::attention_backward(zeros({0, 16}), q, k, k, {0}, saved, dq, dk, dk);
  Tensor logits = zeros({0, 8});
  EXPECT_EQ(ops::cross_entropy_backward_(logits, place(at::empty({0}, at::kLong)), 1.0).item<double>(), 0);
}

TEST_P(Ops, DropoutDrawsTheMaskOfTheCpuKernelAndKeepsTheSameElements) {
  const ops::Bounds bounds = {0, 3, 3, 11};
  const DropoutDraw draw = {0x123456789ABCDEFULL, 7, {(std::int64_t{5} << 32) + 2, 6, 19}};
  for (const std::int64_t width : {1, 8, 63, 64, 200}) {
    const Tensor mask = ops::dropout_mask(width, 0.3, 5, bounds, draw);
    const Tensor any = ops::dropout_mask_any(width, 0.3, 5, bounds, draw, GetParam().device);
    EXPECT_TRUE(at::equal(any.to(at::kCPU), mask)) << width;
    Tensor x = at::randn({11, width}, GetParam().type);
    x[0][0] = INFINITY;
    EXPECT_TRUE(at::equal(ops::dropout_any(place(x), any, 0.3).to(at::kCPU), ops::dropout(x, mask, 0.3)))
        << width;
  }
}

TEST(AttentionKernel, ADeviceGetsFlashAttentionForSixteenBitHeadsItIsBuiltFor) {
  using ops::AttentionKernel;
  const at::Device cuda(at::kCUDA, 0);
  EXPECT_EQ(ops::attention_kernel(at::kCPU, 0, at::kFloat, 128), AttentionKernel::kCpu);
  EXPECT_EQ(ops::attention_kernel(at::kCPU, 0, at::kDouble, 128), AttentionKernel::kPlain);
  EXPECT_EQ(ops::attention_kernel(cuda, 8, at::kBFloat16, 128), AttentionKernel::kFlash);
  EXPECT_EQ(ops::attention_kernel(cuda, 9, at::kHalf, 256), AttentionKernel::kFlash);
  EXPECT_EQ(ops::attention_kernel(cuda, 9, at::kFloat, 128), AttentionKernel::kPlain);
  EXPECT_EQ(ops::attention_kernel(cuda, 9, at::kBFloat16, 100), AttentionKernel::kPlain);
  EXPECT_EQ(ops::attention_kernel(cuda, 9, at::kBFloat16, 264), AttentionKernel::kPlain);
}

// It is for these that --fp16 is there: they have no bf16 either.
TEST(AttentionKernel, CardsBelowCapabilityEightGetPlainProductsInFp16) {
  EXPECT_EQ(ops::attention_kernel(at::Device(at::kCUDA, 0), 7, at::kHalf, 128), ops::AttentionKernel::kPlain);
}

INSTANTIATE_TEST_SUITE_P(Devices, Ops, ::testing::ValuesIn(op_cases()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace hone
