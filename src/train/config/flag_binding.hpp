#pragma once

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapter/four_bit_name.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "train/config/flag.hpp"

namespace hone {

template <typename Enum>
using EnumWords = std::vector<std::pair<std::string, Enum>>;

// How each enumeration is spelled; the first spelling of a value is the one that is printed.
inline const EnumWords<Packing>& words(Packing) {
  static const EnumWords<Packing> kWords = {{"none", Packing::kNone}, {"best_fit", Packing::kBestFit}};
  return kWords;
}

inline const EnumWords<Interval>& words(Interval) {
  static const EnumWords<Interval> kWords = {
      {"no", Interval::kNo}, {"steps", Interval::kSteps}, {"epoch", Interval::kEpoch}};
  return kWords;
}

inline const EnumWords<SaveDtype>& words(SaveDtype) {
  static const EnumWords<SaveDtype> kWords = {
      {"base", SaveDtype::kAsBase},     {"float32", SaveDtype::kFloat32}, {"bfloat16", SaveDtype::kBfloat16},
      {"float16", SaveDtype::kFloat16}, {"fp32", SaveDtype::kFloat32},    {"bf16", SaveDtype::kBfloat16},
      {"fp16", SaveDtype::kFloat16}};
  return kWords;
}

inline const EnumWords<DeviceChoice>& words(DeviceChoice) {
  static const EnumWords<DeviceChoice> kWords = {
      {"auto", DeviceChoice::kAuto}, {"cpu", DeviceChoice::kCpu}, {"cuda", DeviceChoice::kCuda}};
  return kWords;
}

inline const EnumWords<LoraBias>& words(LoraBias) {
  static const EnumWords<LoraBias> kWords = {
      {"none", LoraBias::kNone}, {"all", LoraBias::kAll}, {"lora_only", LoraBias::kLoraOnly}};
  return kWords;
}

inline const EnumWords<FourBitType>& words(FourBitType) {
  static const EnumWords<FourBitType> kWords = {{four_bit_name(FourBitType::kNf4), FourBitType::kNf4},
                                                {four_bit_name(FourBitType::kFp4), FourBitType::kFp4}};
  return kWords;
}

template <typename Enum>
std::string enum_word(Enum value) {
  for (const auto& [word, candidate] : words(value)) {
    if (candidate == value) return word;
  }
  HONE_ASSERT(false);
  return "";
}

template <typename Enum>
Enum to_enum(const FlagValue& given) {
  std::vector<std::string> choices;
  for (const auto& [word, value] : words(Enum{})) {
    if (given.value == word) return value;
    choices.push_back(word);
  }
  const std::string text = given.value.is_string() ? given.value.get<std::string>() : given.value.dump();
  fail_usage(fmt::format("{} must be one of {}, not {}", given.place, fmt::join(choices, ", "), shown(given)),
             "", suggestion(text, choices));
}

// One overload per type of a field: reading it from what was given.
inline void read_field(std::string& field, const FlagValue& given) { field = to_text(given); }
inline void read_field(std::int64_t& field, const FlagValue& given) { field = to_integer(given); }
inline void read_field(double& field, const FlagValue& given) { field = to_number(given); }
inline void read_field(bool& field, const FlagValue& given) { field = to_bool(given); }
inline void read_field(std::vector<std::string>& field, const FlagValue& given) { field = to_texts(given); }
inline void read_field(OrderedJson& field, const FlagValue& given) { field = to_object(given); }
inline void read_field(std::optional<std::int64_t>& field, const FlagValue& given) {
  field = to_integer(given);
}
inline void read_field(int& field, const FlagValue& given) {
  const std::int64_t wide = to_integer(given);
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max())
    fail_usage(fmt::format("{} is out of range: {}", given.place, wide), "", "");
  field = static_cast<int>(wide);
}
template <typename Enum>
requires std::is_enum_v<Enum>
void read_field(Enum& field, const FlagValue& given) { field = to_enum<Enum>(given); }

template <typename Field>
OrderedJson show_field(const Field& field) {
  if constexpr (std::is_enum_v<Field>) {
    return enum_word(field);
  } else if constexpr (std::is_same_v<Field, std::optional<std::int64_t>>) {
    return field ? OrderedJson(*field) : OrderedJson(nullptr);
  } else {
    return field;
  }
}

/// A flag that is the field `access(config)`; `access` takes a TrainConfig& or const TrainConfig& and returns
/// a reference.
template <typename Access>
Flag bind(std::string name, std::string argument, std::string help, Access access) {
  using Field = std::remove_reference_t<decltype(access(std::declval<TrainConfig&>()))>;
  Flag flag;
  flag.name = std::move(name);
  flag.argument = std::move(argument);
  flag.help = std::move(help);
  flag.shape = std::is_same_v<Field, bool>                       ? FlagShape::kBool
               : std::is_same_v<Field, std::vector<std::string>> ? FlagShape::kList
                                                                 : FlagShape::kValue;
  flag.set = [access](TrainConfig& config, const FlagValue& given) { read_field(access(config), given); };
  flag.get = [access](const TrainConfig& config) { return show_field(access(config)); };
  return flag;
}

}  // namespace hone
