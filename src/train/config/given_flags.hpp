#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "train/config/flag_value.hpp"

namespace hone {

/// What was given, by flag name (today's spelling, with underscores).
using GivenFlags = std::map<std::string, FlagValue>;

struct CommandLine {
  bool help = false;
  bool version = false;
  bool print_config = false;
  std::string config_file;  // empty: none
  GivenFlags given;
};

/// Splits the words after the program's name by the flag table. Throws Error(kUsage) for unknown flags (with
/// the nearest name), missing values, words that belong to no flag, and a flag given twice.
CommandLine read_command_line(std::span<const std::string> words);

/// The keys of a --config file: one flat object, the names as on the command line. Throws Error(kUsage).
GivenFlags read_config_file(const std::string& path);

}  // namespace hone
