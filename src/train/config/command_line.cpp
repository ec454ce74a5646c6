#include "train/config/command_line.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "train/config/deepspeed.hpp"
#include "train/config/flag.hpp"
#include "train/config/foreign_flags.hpp"
#include "train/config/given_flags.hpp"
#include "train/config/idle_flags.hpp"
#include "train/config/start_adapter.hpp"

namespace hone {
namespace {

/// Refuses what would change the result, and returns the names of the rest: flags without a meaning here.
std::vector<std::string> check_foreign(const GivenFlags& given) {
  std::vector<std::string> without_meaning;
  for (const auto& [name, value] : given) {
    const ForeignFlag* flag = find_foreign_flag(name);
    if (flag == nullptr) continue;
    refuse_unless_neutral(*flag, value);
    if (flag->neutral.empty()) without_meaning.push_back(name);
  }
  return without_meaning;
}

std::string deepspeed_path(const GivenFlags& given) {
  const auto found = given.find("deepspeed");
  return found == given.end() ? "" : to_text(found->second);
}

std::string named_once(const std::string& where, const std::vector<std::string>& names) {
  return fmt::format("{}: accepted, without effect here: {}", where, fmt::join(names, ", "));
}

}  // namespace

TrainCommand parse_train_command_line(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const CommandLine line = read_command_line(words);
  if (line.help) return HelpRequest{help_text()};
  if (line.version) return VersionRequest{};

  GivenFlags given = line.given;
  if (!line.config_file.empty())
    given.merge(read_config_file(line.config_file));  // keeps what is there already

  TrainRequest request;
  if (const auto names = check_foreign(given); !names.empty())
    request.notices.push_back(named_once("flags", names));
  DeepSpeedConfig deepspeed;
  if (const std::string path = deepspeed_path(given); !path.empty()) {
    deepspeed = read_deepspeed_file(path);
    merge_deepspeed(deepspeed, given);
    request.config.zero.train_batch_size = deepspeed.train_batch_size;
    request.config.zero.offload_optimizer = deepspeed.offload_optimizer;
    request.config.zero.offload_param = deepspeed.offload_param;
    request.config.precision.loss_scale = deepspeed.loss_scale;
  }
  for (const Flag& flag : flags()) {
    const auto value = given.find(flag.name);
    if (value != given.end()) flag.set(request.config, value->second);
  }
  const TrainConfig& config = request.config;
  if (!config.zero.deepspeed.empty() && !deepspeed.names_clipping && !given.contains("max_grad_norm"))
    request.notices.push_back(fmt::format(
        "{}: no gradient_clipping, for which DeepSpeed would not clip; here --max_grad_norm {} does",
        config.zero.deepspeed, config.optimizer.max_grad_norm));
  complete_from_start(request.config.adapter, given);
  std::vector<std::string> idle = deepspeed.without_meaning;
  if (!request.config.precision.fp16)
    idle.insert(idle.end(), deepspeed.loss_scale_keys.begin(), deepspeed.loss_scale_keys.end());
  if (!idle.empty()) request.notices.push_back(named_once(request.config.zero.deepspeed, idle));
  require_no_idle_adapter_flags(request.config, given);
  if (line.print_config) {
    validate_values(request.config);
    return PrintConfigRequest{request.config};
  }
  validate(request.config);
  for (std::string& notice : idle_flag_notices(request.config, given))
    request.notices.push_back(std::move(notice));
  return request;
}

}  // namespace hone
