#pragma once

#include <string>
#include <utility>

#include "base/error.hpp"
#include "model/tensor.hpp"

namespace hone {

/// What a layer sees of a parameter. Whether the value lies resident, was just gathered from shards or was
/// converted is not the layer's business: whoever owns the storage binds and unbinds the views.
class Weight {
 public:
  explicit Weight(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  /// The whole parameter in the compute dtype. Asking for one that is not bound is a mistake of the schedule.
  const Tensor& value() const {
    HONE_ASSERT(value_.defined());
    return value_;
  }
  /// Where backward adds the gradient, same shape; undefined for a frozen weight and outside backward.
  const Tensor& grad() const { return grad_; }
  /// Whether backward owes this weight a gradient.
  bool has_grad() const { return grad_.defined(); }

  void bind_value(Tensor value) { value_ = std::move(value); }
  void bind_grad(Tensor grad) { grad_ = std::move(grad); }

 private:
  std::string name_;
  Tensor value_;
  Tensor grad_;
};

}  // namespace hone
