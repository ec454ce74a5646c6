#include "model/ops/linear_cpu.hpp"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <cstdlib>
#include <optional>

namespace hone::ops {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Linear = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, c10::string_view, Scalars,
                      std::optional<c10::string_view>);
using LinearAdd = Tensor(const Tensor&, const Tensor&, const Tensor&, const std::optional<Tensor>&,
                         c10::string_view);

std::optional<c10::OperatorHandle> find(const char* overload) {
  if (!at::globalContext().hasMKLDNN()) return std::nullopt;
  return c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", overload});
}

const std::optional<c10::OperatorHandle>& linear_operator() {
  static const auto kFound = find("");
  return kFound;
}

std::optional<Tensor> if_defined(const Tensor& x) { return x.defined() ? std::optional(x) : std::nullopt; }

constexpr const char* kKernels = "64";  // 14 shapes a micro-batch, twice where rows are few

}  // namespace

void limit_kernel_caches() {
  for (const char* cache : {"ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"})
    ::setenv(cache, kKernels, 0);
}

bool has_linear_cpu(const Tensor& x) {
  return has_cpu_kernel(x) && x.size(0) > 0 && linear_operator().has_value();
}

Tensor linear_cpu(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto kLinear = linear_operator()->typed<Linear>();
  return kLinear.call(x, weight, if_defined(bias), "none", Scalars(), std::nullopt);
}

Tensor linear_add_cpu(const Tensor& residual, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto kLinearAdd = find("binary")->typed<LinearAdd>();
  return kLinearAdd.call(x, residual, weight, if_defined(bias), "add");
}

}  // namespace hone::ops
