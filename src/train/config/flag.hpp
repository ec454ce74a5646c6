#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "train/config/config.hpp"
#include "train/config/flag_value.hpp"

namespace hone {

/// How many words of the command line belong to a flag.
enum class FlagShape {
  kValue,  // exactly one
  kBool,   // one, or none for True
  kList,   // one or more, separated by spaces or commas
};

/// One line of the table that drives the command line, --config, --help, --print_config and run.json.
struct Flag {
  std::string name;
  std::string group;     // heading in --help
  std::string argument;  // what stands behind the name in --help: `N`, `FOLDER`, `no|steps|epoch`
  std::string help;
  FlagShape shape = FlagShape::kValue;
  std::function<void(TrainConfig&, const FlagValue&)> set;  // throws Error(kUsage)
  std::function<OrderedJson(const TrainConfig&)> get;
};

/// Every flag that is a field of TrainConfig, in the order of --help.
std::span<const Flag> flags();

/// nullptr where there is none of that name.
const Flag* find_flag(const std::string& name);

/// The text of --help, made from the table.
std::string help_text();

}  // namespace hone
