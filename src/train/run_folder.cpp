#include "train/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/output_name.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/model_files.hpp"
#include "train/config/flag.hpp"

namespace hone {
namespace {

constexpr const char* kElsewhere = "choose another --output_dir, or say --overwrite_output_dir to start over";

// What decides which weights a run is left with and how they are written, besides its fingerprint.
std::vector<FingerprintDifference> differing_outcome(const Json& then, const TrainConfig& now) {
  std::vector<const char*> names = {"save_dtype", "max_shard_size", "load_best_model_at_end",
                                    "early_stopping_patience"};
  if (now.save.load_best_model_at_end || now.eval.early_stopping_patience > 0)
    names.insert(names.end(), {"eval_strategy", "eval_steps", "eval_data_path"});
  std::vector<FingerprintDifference> result;
  for (const char* const name : names) {
    const Json wanted = find_flag(name)->get(now), before = then.value(name, wanted);
    if (before != wanted) result.push_back({name, false, before.dump(), wanted.dump()});
  }
  return result;
}

}  // namespace

bool RunFolder::holds_run() const {
  if (path_.empty()) return false;
  return std::filesystem::exists(path_ / kRunFile) || !checkpoint_steps(path_).empty();
}

std::unique_ptr<OutputLock> RunFolder::make(const std::string& host) const {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) refuse_to_make(error);
  require_no_model_of_others();
  auto lock = std::make_unique<OutputLock>(path_, this_process(host));
  remove_unfinished_checkpoints(path_);
  return lock;
}

void RunFolder::require_makeable() const {
  if (std::filesystem::is_directory(path_)) {
    require_no_model_of_others();
    OutputLock::require_openable(path_);
  } else if (const std::error_code error = hindrance_to_making(path_)) {
    refuse_to_make(error);
  }
}

// A slip of the keyboard would cost it after the last step.
void RunFolder::require_no_model_of_others() const {
  if (config_.save.overwrite_output_dir || holds_run()) return;
  const std::string file = model_file_in(path_);
  if (file.empty()) return;
  fail_usage(fmt::format("--output_dir {} holds {} of a model that no run made there", path_.string(), file),
             "the result would be written over it", kElsewhere);
}

void RunFolder::refuse_to_make(const std::error_code& error) const {
  fail_usage(fmt::format("can't make --output_dir {}", path_.string()), error.message(),
             "choose another folder");
}

void RunFolder::start_over() const {
  for (const std::int64_t step : checkpoint_steps(path_)) {
    log::info("removed    {} of an earlier run", (path_ / checkpoint_name(step)).string());
    remove_checkpoint(path_, step);
  }
}

std::optional<RunFolder::Finished> RunFolder::finished(const Fingerprint& now) const {
  const std::filesystem::path file = path_ / kRunFile;
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  const Json json = read_json_file(file);
  if (!json.contains("finished")) return std::nullopt;
  Finished result{
      differences(
          parse_fingerprint(json_field<Json>(json["finished"], "fingerprint", file.string()), file.string()),
          now),
      ""};
  for (FingerprintDifference& difference : differing_outcome(json.value("config", Json::object()), config_))
    result.changed.push_back(std::move(difference));
  const Json files = json["finished"].value("files", Json::object());
  for (const auto& [name, bytes] : files.items()) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path_ / name, error);
    if (error) {
      result.lost = fmt::format("{} is missing", name);
    } else if (bytes.is_number() && bytes != Json(size)) {
      result.lost = fmt::format("{} has {} bytes, {} were written", name, size, bytes.dump());
    }
  }
  return result;
}

std::vector<RunFolder::Candidate> RunFolder::newest_first() const {
  std::vector<Candidate> result;
  std::vector<std::int64_t> steps = checkpoint_steps(path_);
  std::reverse(steps.begin(), steps.end());
  for (const std::int64_t step : steps) {
    const std::filesystem::path folder = path_ / checkpoint_name(step);
    result.push_back({folder, incompleteness_of(folder)});
  }
  return result;
}

std::optional<RunFolder::Candidate> RunFolder::named() const {
  const std::string& given = config_.save.resume_from_checkpoint;
  if (given == "auto" || given == "none") return std::nullopt;
  std::filesystem::path folder = given;
  if (!folder.has_filename()) folder = folder.parent_path();
  if (!std::filesystem::is_directory(folder)) {
    fail_usage(fmt::format("--resume_from_checkpoint {} is no folder", given), "",
               "give a checkpoint's folder, auto or none");
  }
  if (holds_run() && !holds(folder) && !config_.save.overwrite_output_dir) {
    fail_usage(fmt::format("{} already holds a run", path_.string()),
               fmt::format("{} is of another one", folder.string()), kElsewhere);
  }
  return Candidate{folder, incompleteness_of(folder)};
}

bool RunFolder::holds(const std::filesystem::path& checkpoint) const {
  std::error_code ignored;
  return std::filesystem::equivalent(checkpoint.parent_path() / ".", path_, ignored);
}

void RunFolder::refuse_unreadable() const {
  fail_data(fmt::format("{} does not tell of the run in that folder", (path_ / kRunFile).string()),
            "it was cut short or edited, and no checkpoint is there to go on from", kElsewhere);
}

void RunFolder::refuse_finished(const std::vector<FingerprintDifference>& changed) const {
  const FingerprintDifference& first = changed.front();
  fail_usage(fmt::format("{} holds a finished run that differs from this one", path_.string()),
             fmt::format("{}: {} then, {} now", first.name, first.before, first.now), kElsewhere);
}

void RunFolder::refuse_run() const {
  if (!holds_run()) return;
  fail_usage(fmt::format("{} already holds a run", path_.string()), "--resume_from_checkpoint none",
             kElsewhere);
}

void RunFolder::set_later_ones_aside(std::int64_t step) const {
  for (const std::int64_t later : checkpoint_steps(path_)) {
    if (later <= step) continue;
    const std::filesystem::path aside = set_checkpoint_aside(path_, later);
    log::warn("{} lies past the resumed step and is now {}", (path_ / checkpoint_name(later)).string(),
              aside.string());
  }
}

void RunFolder::restore_metrics(const OrderedJson& trainer_state) const {
  std::string text;
  for (const OrderedJson& line : trainer_state.at("log_history")) text += line.dump() + "\n";
  write_file_atomically(path_ / "metrics.jsonl", text);
}

void mark_finished(const std::filesystem::path& output, std::int64_t step, const Fingerprint& fingerprint) {
  OrderedJson json = OrderedJson::parse(read_text_file(output / kRunFile));
  OrderedJson files = OrderedJson::object();  // with their sizes, where nobody edits them
  for (const auto& entry : std::filesystem::directory_iterator(output)) {
    const std::string name = entry.path().filename().string(), kind = entry.path().extension().string();
    std::error_code ignored;  // the user's own, that can't be looked at
    if (!entry.is_regular_file(ignored)) continue;
    if (kind == ".safetensors") files[name] = entry.file_size();
    if (kind == ".json" && name != kRunFile) files[name] = nullptr;
  }
  json["finished"] = {{"step", step}, {"fingerprint", to_json(fingerprint)}, {"files", files}};
  write_file_atomically(output / kRunFile, json.dump(2) + "\n");
}

}  // namespace hone
