#pragma once

namespace hone {

/// Whether a layer's backward computes the gradient by its input: below the lowest weight that is trained
/// nobody needs it.
enum class InputGradient { kUnneeded, kNeeded };

inline InputGradient needed_if(bool needed) {
  return needed ? InputGradient::kNeeded : InputGradient::kUnneeded;
}

}  // namespace hone
