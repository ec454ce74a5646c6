#pragma once

#include <cstdint>

namespace hone {

/// When the model needs the weights of a unit and when it is done with them. The model calls these in the
/// same order for every micro-batch of the same kind, so that an implementation may communicate in them. Unit
/// 0 is the embedding, 1 .. L the blocks, L + 1 final norm and head.
class WeightAccess {
 public:
  virtual ~WeightAccess() = default;

  /// A hint that acquire(unit) comes soon.
  virtual void prefetch(std::int64_t unit) = 0;
  /// After this the unit's values are bound.
  virtual void acquire(std::int64_t unit) = 0;
  virtual void release(std::int64_t unit) = 0;
  /// After this the gradients of the unit's trainable weights are bound; backward adds into them.
  virtual void begin_gradient(std::int64_t unit) = 0;
  /// This micro-batch adds nothing more to the unit's gradients.
  virtual void end_gradient(std::int64_t unit) = 0;
};

}  // namespace hone
