#pragma once

#include <span>
#include <string>
#include <vector>

#include "train/config/flag.hpp"

namespace hone {

/// A flag that scripts for transformers or the Qwen example carry and that is no field of TrainConfig.
struct ForeignFlag {
  std::string name;
  FlagShape shape = FlagShape::kValue;
  /// Empty: the flag has no meaning here, is accepted with any value and named once. Otherwise it would
  /// change the result: only a value of `neutral` is accepted, anything else is refused with `reason` and
  /// `remedy`.
  std::vector<std::string> neutral;
  std::string reason;
  std::string remedy;
};

std::span<const ForeignFlag> foreign_flags();

/// nullptr where there is none of that name.
const ForeignFlag* find_foreign_flag(const std::string& name);

/// Throws Error(kUsage) when the value asks for an effect that Hone lacks.
void refuse_unless_neutral(const ForeignFlag& flag, const FlagValue& given);

/// Today's name for an older spelling of transformers or a short option of finetune.sh, otherwise the name
/// itself.
std::string current_name(const std::string& name);

}  // namespace hone
