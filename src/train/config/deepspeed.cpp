#include "train/config/deepspeed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "train/config/config_file.hpp"
#include "train/config/deepspeed_keys.hpp"
#include "train/config/flag.hpp"

namespace hone {
namespace {

// What a scale in fp32 can be, with room for one doubling.
constexpr double kLargestPower = 126;
const double kLargestScale = std::exp2(kLargestPower), kSmallestScale = std::exp2(-kLargestPower);
constexpr double kMostSteps = 1e9;

class Reader {
 public:
  Reader(std::vector<DeepSpeedLeaf> leaves, std::string file)
      : leaves_(std::move(leaves)), file_(std::move(file)) {}

  DeepSpeedConfig read() {
    for (const DeepSpeedLeaf& leaf : leaves_) read_leaf(leaf);
    read_optimizer();
    read_scheduler();
    read_loss_scale();
    read_older_offload();
    config_.names_stage = find("zero_optimization.stage") != nullptr;
    config_.names_clipping = find("gradient_clipping") != nullptr;
    if (const Json* batch = value_of("train_batch_size"))
      config_.train_batch_size = to_integer({*batch, place("train_batch_size")});
    return std::move(config_);
  }

 private:
  std::string place(const std::string& path) const { return fmt::format("{} in {}", path, file_); }

  const DeepSpeedLeaf* find(const std::string& path) const {
    const auto found = std::find_if(leaves_.begin(), leaves_.end(),
                                    [&](const DeepSpeedLeaf& leaf) { return leaf.key->path == path; });
    return found == leaves_.end() ? nullptr : &*found;
  }

  /// nullptr where the key is absent or `auto`.
  const Json* value_of(const std::string& path) const {
    const DeepSpeedLeaf* leaf = find(path);
    return leaf == nullptr || leaf->is_auto() ? nullptr : &leaf->value;
  }

  bool has_block(const std::string& block) const {
    return std::any_of(leaves_.begin(), leaves_.end(),
                       [&](const DeepSpeedLeaf& leaf) { return leaf.key->path.rfind(block + ".", 0) == 0; });
  }

  void set(const std::string& flag, const Json& value, const std::string& path) {
    config_.settings.push_back({flag, {value, place(path)}, "", ""});
  }

  void read_leaf(const DeepSpeedLeaf& leaf) {
    const std::string& path = leaf.key->path;
    switch (leaf.key->use) {
      case DeepSpeedUse::kNoMeaning: config_.without_meaning.push_back(path); break;
      case DeepSpeedUse::kFlag:
        if (!leaf.is_auto()) set(leaf.key->flag_or_reason, leaf.value, path);
        break;
      case DeepSpeedUse::kRefused: refuse_when_on(leaf); break;
      case DeepSpeedUse::kChecked:
        if (path.rfind("fp16.", 0) == 0) config_.loss_scale_keys.push_back(path);
        if (path.size() > 7 && path.compare(path.size() - 7, 7, ".device") == 0) read_offload(leaf);
        break;
    }
  }

  void refuse_when_on(const DeepSpeedLeaf& leaf) {
    const Json& value = leaf.value;
    const bool off = leaf.is_auto() || value == false ||
                     (value.is_object() && (value.empty() || value.value("enabled", Json(true)) == false));
    if (!off)
      fail_usage(fmt::format("{} is not supported", place(leaf.key->path)), leaf.key->flag_or_reason,
                 "switch it off");
  }

  void read_offload(const DeepSpeedLeaf& leaf) {
    const std::string& path = leaf.key->path;
    if (leaf.value == "none") return;
    if (leaf.value != "cpu") {
      fail_usage(fmt::format("{} '{}' is not supported", place(path), leaf.value.get<std::string>()),
                 "weights and optimizer state stay in memory",
                 "write \"cpu\" or \"none\", and use more ranks, which hold less each");
    }
    (path.find(".offload_param.") != std::string::npos ? config_.offload_param : config_.offload_optimizer) =
        true;
  }

  void read_older_offload() {
    for (const char* const name : {"cpu_offload", "cpu_offload_params"}) {
      const std::string path = std::string("zero_optimization.") + name;
      const Json* value = value_of(path);
      if (value != nullptr && *value == true)
        (path.ends_with("_params") ? config_.offload_param : config_.offload_optimizer) = true;
    }
  }

  /// DeepSpeed has defaults of its own for what is left out, so that leaving it out isn't the same as `auto`.
  void require_key(const std::string& path, const std::string& default_value) {
    if (find(path) != nullptr) return;
    fail_usage(fmt::format("{} is missing", place(path)),
               fmt::format("DeepSpeed would take its default {}", default_value),
               "write a number, or \"auto\" for the flag's value");
  }

  /// Where DeepSpeed's default is the flag's own too, only a flag that says otherwise is refused.
  void set_default(const std::string& flag, const Json& value, const std::string& path) {
    if (find(path) != nullptr) return;
    config_.settings.push_back(
        {flag,
         {value, fmt::format("what DeepSpeed takes where {} has no {},", file_, path)},
         "DeepSpeed would ignore the flag",
         fmt::format("write \"auto\" for {} in the JSON, or leave the flag out", path)});
  }

  void require_true(const std::string& path) {
    const Json* value = value_of(path);
    if (value != nullptr && *value == false)
      fail_usage(fmt::format("{} false is not supported", place(path)), "the optimizer is AdamW",
                 "write true");
  }

  void read_optimizer() {
    if (!has_block("optimizer")) return;
    const Json* type = value_of("optimizer.type");
    // DeepSpeed's Adam decouples weight decay unless adam_w_mode is false: it is AdamW too.
    if (type == nullptr || (*type != "AdamW" && *type != "Adam")) {
      fail_usage(fmt::format("{} {} is not supported", place("optimizer.type"),
                             type == nullptr ? "(missing)" : type->dump()),
                 "the optimizer is AdamW", "write \"AdamW\"");
    }
    require_key("optimizer.params.lr", "0.001");
    require_true("optimizer.params.adam_w_mode");
    require_true("optimizer.params.bias_correction");
    set_default("adam_beta1", 0.9, "optimizer.params.betas");
    set_default("adam_beta2", 0.999, "optimizer.params.betas");
    set_default("adam_epsilon", 1e-8, "optimizer.params.eps");
    const Json* of_torch = value_of("optimizer.params.torch_adam");  // whose own default it then has
    set_default("weight_decay", of_torch != nullptr && *of_torch == true ? 0.01 : 0.0,
                "optimizer.params.weight_decay");
    if (const Json* betas = value_of("optimizer.params.betas")) {
      set("adam_beta1", betas->at(0), "optimizer.params.betas");
      set("adam_beta2", betas->at(1), "optimizer.params.betas");
    }
  }

  void read_scheduler() {
    if (!has_block("scheduler")) return;
    const Json* type = value_of("scheduler.type");
    if (type == nullptr || *type != "WarmupLR") {
      fail_usage(fmt::format("{} {} is not supported", place("scheduler.type"),
                             type == nullptr ? "(missing)" : type->dump()),
                 "of DeepSpeed's schedulers there is WarmupLR",
                 "remove the scheduler block and use --lr_scheduler_type");
    }
    require_key("scheduler.params.warmup_max_lr", "0.001");
    require_key("scheduler.params.warmup_num_steps", "1000");
    config_.settings.push_back({"lr_scheduler_type",
                                {"warmup_lr", fmt::format("scheduler.type WarmupLR in {}, which is", file_)},
                                "DeepSpeed would ignore the flag",
                                "leave the flag out to keep WarmupLR, or remove the scheduler block"});
    Json arguments = Json::object();
    if (const Json* least = value_of("scheduler.params.warmup_min_lr")) {
      if (*least != 0) arguments["warmup_min_lr"] = *least;
    }
    if (const Json* shape = value_of("scheduler.params.warmup_type")) {
      if (*shape != "log") arguments["warmup_type"] = *shape;
    }
    if (!arguments.empty()) set("lr_scheduler_kwargs", arguments, "scheduler.params");
  }

  /// The number of a key, `otherwise` where it is absent or `auto`.
  double number_of(const std::string& path, double otherwise, double least, double most) const {
    const Json* value = value_of(path);
    if (value == nullptr) return otherwise;
    const auto number = value->get<double>();
    if (!(number >= least && number <= most))
      fail_usage(fmt::format("{} must be from {:g} to {:g}, not {}", place(path), least, most, value->dump()),
                 "", "");
    return number;
  }

  void read_loss_scale() {
    LossScaleOptions& scale = config_.loss_scale;
    const auto count = [this](const char* name, std::int64_t& field, double least, double most) {
      field = static_cast<std::int64_t>(
          number_of(std::string("fp16.") + name, static_cast<double>(field), least, most));
    };
    scale.fixed = number_of("fp16.loss_scale", scale.fixed, 0, kLargestScale);
    scale.minimum = number_of("fp16.min_loss_scale", scale.minimum, kSmallestScale, kLargestScale);
    count("initial_scale_power", scale.initial_power, 0, kLargestPower);
    count("loss_scale_window", scale.window, 1, kMostSteps);
    count("hysteresis", scale.hysteresis, 1, kMostSteps);
    if (const Json* refills = value_of("fp16.consecutive_hysteresis"))
      scale.consecutive_hysteresis = refills->get<bool>();
  }

  std::vector<DeepSpeedLeaf> leaves_;
  std::string file_;
  DeepSpeedConfig config_;
};

/// The value as the flag itself understands it: 2, 2.0 and "2" are the same.
Json understood(const Flag& flag, const FlagValue& given) {
  TrainConfig config;
  flag.set(config, given);
  return Json::parse(flag.get(config).dump());  // without the order of keys
}

[[noreturn]] void refuse_contradiction(const FlagValue& earlier, const DeepSpeedSetting& setting) {
  fail_usage(fmt::format("{} {} contradicts {} {}", earlier.place, shown(earlier), setting.given.place,
                         shown(setting.given)),
             setting.reason,
             setting.remedy.empty() ? "make them equal, or write \"auto\" in the JSON" : setting.remedy);
}

}  // namespace

DeepSpeedConfig read_deepspeed(const Json& json, const std::string& file) {
  return Reader(read_deepspeed_leaves(json, file), file).read();
}

DeepSpeedConfig read_deepspeed_file(const std::string& path) {
  return read_deepspeed(read_config_json("--deepspeed", path), path);
}

void merge_deepspeed(const DeepSpeedConfig& deepspeed, GivenFlags& given) {
  for (const DeepSpeedSetting& setting : deepspeed.settings) {
    const Flag& flag = *find_flag(setting.flag);
    const auto [earlier, is_new] = given.emplace(setting.flag, setting.given);
    if (!is_new && understood(flag, earlier->second) != understood(flag, setting.given))
      refuse_contradiction(earlier->second, setting);
    // A number of warm-up steps silences the ratio, so a ratio beside it is a contradiction too.
    const auto ratio = given.find("warmup_ratio");
    if (setting.flag == "warmup_steps" && ratio != given.end() && to_number(ratio->second) != 0)
      refuse_contradiction(ratio->second, setting);
  }
  // DeepSpeed shards nothing unless told.
  if (!deepspeed.names_stage) given.emplace("zero_stage", FlagValue{0, "the DeepSpeed JSON without a stage"});
}

}  // namespace hone
