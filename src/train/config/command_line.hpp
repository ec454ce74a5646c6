#pragma once

#include <string>
#include <variant>
#include <vector>

#include "train/config/config.hpp"

namespace hone {

/// --help: print the text and end with 0.
struct HelpRequest {
  std::string text;
};

/// --version.
struct VersionRequest {};

/// --print_config: print to_json(config) and end with 0.
struct PrintConfigRequest {
  TrainConfig config;
};

/// Train with a validated configuration.
struct TrainRequest {
  TrainConfig config;
  // One line each, for rank 0 to print once: what was accepted but has no effect, or not the one that its
  // origin gives it.
  std::vector<std::string> notices;
};

using TrainCommand = std::variant<HelpRequest, VersionRequest, PrintConfigRequest, TrainRequest>;

/// Reads the command line of hone-train together with the files of --config and --deepspeed.
/// Precedence: command line > --config > DeepSpeed JSON > default. Needs neither MPI nor a GPU.
/// Throws Error(kUsage) for unknown names, bad values and contradictions, Error(kData) for unreadable files.
TrainCommand parse_train_command_line(int argc, const char* const* argv);

}  // namespace hone
