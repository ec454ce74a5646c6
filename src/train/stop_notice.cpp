#include "train/stop_notice.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "checkpoint/checkpoint_folder.hpp"

namespace hone {
namespace {

// The same command goes on, unless it says to start over or from one checkpoint.
std::string how_to_go_on(const SaveOptions& save) {
  std::string command = "start the same command again";
  if (save.overwrite_output_dir) command += " without --overwrite_output_dir";
  if (save.resume_from_checkpoint != "auto") {
    command +=
        fmt::format(" {} --resume_from_checkpoint auto", save.overwrite_output_dir ? "and with" : "with");
  }
  return command;
}

}  // namespace

std::string stop_notice(Request why, const SaveOptions& save, std::int64_t step, std::int64_t total_steps) {
  if (step == 0) {
    return fmt::format("by {} before the first of {} steps; {} to train", request_name(why), total_steps,
                       how_to_go_on(save));
  }
  return fmt::format(
      "by {} after step {} of {}: {} is complete; {} to go on from it", request_name(why), step, total_steps,
      (std::filesystem::path(save.output_dir) / checkpoint_name(step)).string(), how_to_go_on(save));
}

}  // namespace hone
