#include "train/run_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "train/config/flag.hpp"

namespace hone {
namespace {

constexpr auto kVisibilityPatience = std::chrono::seconds(60);
constexpr const char* kElsewhere = "choose another --output_dir, or say --overwrite_output_dir to start over";

struct Candidate {
  std::filesystem::path folder;
  std::string incomplete;  // why, by a quick look; "" where it seems whole
};

/// Rank 0's look at output_dir.
class OutputFolder {
 public:
  explicit OutputFolder(const TrainConfig& config)
      : config_(config), save_(config.save), path_(config.save.output_dir) {}

  bool holds_run() const {
    return std::filesystem::exists(path_ / "run.json") || !checkpoint_steps(path_).empty();
  }

  /// Nothing in the folder is touched before this: another job may work there.
  std::unique_ptr<OutputLock> make(const std::string& host) const {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) {
      fail_usage(fmt::format("can't make --output_dir {}", path_.string()), error.message(),
                 "choose another folder");
    }
    auto lock = std::make_unique<OutputLock>(path_, this_process(host));
    remove_unfinished_checkpoints(path_);
    return lock;
  }

  void start_over() const {
    for (const std::int64_t step : checkpoint_steps(path_)) {
      log::info("removed    {} of an earlier run", (path_ / checkpoint_name(step)).string());
      remove_checkpoint(path_, step);
    }
  }

  /// Where this run differs from the one that run.json says has ended here; nothing if none has.
  std::optional<std::vector<FingerprintDifference>> changed_since_the_end(const Fingerprint& now) const {
    const std::filesystem::path file = path_ / "run.json";
    if (!std::filesystem::is_regular_file(file)) return std::nullopt;
    const Json json = read_json_file(file);
    if (!json.contains("finished")) return std::nullopt;
    auto changed = differences(
        parse_fingerprint(json_field<Json>(json["finished"], "fingerprint", file.string()), file.string()),
        now);
    const Json config = json_field<Json>(json, "config", file.string());
    for (const char* const name : {"save_dtype", "max_shard_size"}) {  // how its model was written
      const Json before = json_field<Json>(config, name, file.string()),
                 wanted = find_flag(name)->get(config_);
      if (before != wanted) changed.push_back({name, false, before.dump(), wanted.dump()});
    }
    return changed;
  }

  std::vector<Candidate> newest_first() const {
    std::vector<Candidate> result;
    std::vector<std::int64_t> steps = checkpoint_steps(path_);
    std::reverse(steps.begin(), steps.end());
    for (const std::int64_t step : steps) {
      const std::filesystem::path folder = path_ / checkpoint_name(step);
      result.push_back({folder, incompleteness_of(folder)});
    }
    return result;
  }

  Candidate named() const {
    std::filesystem::path folder = save_.resume_from_checkpoint;
    if (!folder.has_filename()) folder = folder.parent_path();
    if (!std::filesystem::is_directory(folder)) {
      fail_usage(fmt::format("--resume_from_checkpoint {} is no folder", save_.resume_from_checkpoint), "",
                 "give a checkpoint's folder, auto or none");
    }
    if (holds_run() && !holds(folder) && !save_.overwrite_output_dir) {
      fail_usage(fmt::format("{} already holds a run", path_.string()),
                 fmt::format("{} is of another one", folder.string()), kElsewhere);
    }
    return {folder, incompleteness_of(folder)};
  }

  bool holds(const std::filesystem::path& checkpoint) const {
    std::error_code ignored;
    return std::filesystem::equivalent(checkpoint.parent_path() / ".", path_, ignored);
  }

  [[noreturn]] void refuse_finished(const std::vector<FingerprintDifference>& changed) const {
    const FingerprintDifference& first = changed.front();
    fail_usage(fmt::format("{} holds a finished run that differs from this one", path_.string()),
               fmt::format("{}: {} then, {} now", first.name, first.before, first.now), kElsewhere);
  }

  void refuse_run() const {
    if (!holds_run()) return;
    fail_usage(fmt::format("{} already holds a run", path_.string()), "--resume_from_checkpoint none",
               kElsewhere);
  }

  /// Later checkpoints would be taken for this run's own.
  void set_later_ones_aside(std::int64_t step) const {
    for (const std::int64_t later : checkpoint_steps(path_)) {
      if (later <= step) continue;
      const std::filesystem::path aside = set_checkpoint_aside(path_, later);
      log::warn("{} lies past the resumed step and is now {}", (path_ / checkpoint_name(later)).string(),
                aside.string());
    }
  }

  /// metrics.jsonl as it was at the checkpoint, where a run goes on in a new folder.
  void restore_metrics(const OrderedJson& trainer_state) const {
    if (std::filesystem::exists(path_ / "metrics.jsonl")) return;
    std::string text;
    for (const OrderedJson& line : trainer_state.at("log_history")) text += line.dump() + "\n";
    write_file_atomically(path_ / "metrics.jsonl", text);
  }

 private:
  const TrainConfig& config_;
  const SaveOptions& save_;
  std::filesystem::path path_;
};

// Why the state files are not whole, or "": each rank reads its share of them.
std::string damage_seen_by_any(const std::filesystem::path& folder, const CheckpointManifest& manifest,
                               Communicator& comm) {
  std::string own;
  for (std::size_t i = static_cast<std::size_t>(comm.rank()); own.empty() && i < manifest.files.size();
       i += static_cast<std::size_t>(comm.size())) {
    try {
      own = damage_of(folder, manifest.files[i]);
    } catch (const Error& error) {
      own = error.what();
    }
  }
  for (const std::string& reason : comm.gather_strings(own)) {
    if (!reason.empty()) return reason;
  }
  return "";
}

Json shared(const Json& value, Communicator& comm) {
  return Json::parse(comm.broadcast_string(value.dump()));
}

// Every rank looks for what rank 0's lock says; a network disk may show it late.
void require_common_folder(const std::filesystem::path& output, const std::string& host, Communicator& comm) {
  const std::filesystem::path file = output / kOutputLock;
  const std::string text = comm.broadcast_string(comm.rank() == 0 ? read_text_file(file) : "");
  const auto deadline = std::chrono::steady_clock::now() + kVisibilityPatience;
  while (!std::filesystem::exists(file) || read_text_file(file) != text) {
    if (std::chrono::steady_clock::now() > deadline) {
      fail_usage(
          fmt::format("--output_dir {} on {} is not the folder that rank 0 writes to", output.string(), host),
          fmt::format("it does not hold rank 0's {}", kOutputLock),
          "name a folder on a disk that all hosts share");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// The first candidate that is whole; says why the others are not.
std::optional<ResumePoint> first_whole(const std::vector<Candidate>& candidates, Communicator& comm) {
  for (const Candidate& candidate : candidates) {
    std::string reason = candidate.incomplete;
    if (reason.empty()) {
      Json files;
      if (comm.rank() == 0) {
        files = {read_text_file(candidate.folder / "manifest.json"),
                 read_trainer_state_text(candidate.folder)};
      }
      files = shared(files, comm);
      ResumePoint point{candidate.folder,
                        parse_checkpoint_manifest(files[0].get<std::string>(), candidate.folder.string()),
                        OrderedJson::parse(files[1].get<std::string>())};
      reason = damage_seen_by_any(candidate.folder, point.manifest, comm);
      if (reason.empty()) return point;
    }
    if (comm.rank() == 0) log::warn("{} is not used: {}", candidate.folder.string(), reason);
    if (candidates.size() == 1) {
      fail_data(fmt::format("{} is not a complete checkpoint", candidate.folder.string()), reason,
                "give another one, or --overwrite_output_dir to start over");
    }
  }
  if (!candidates.empty()) {
    fail_data("none of the checkpoints is complete", fmt::format("{} were tried", candidates.size()),
              "the warnings above say why; start over with --overwrite_output_dir");
  }
  return std::nullopt;
}

}  // namespace

RunStart prepare_start(const TrainConfig& config, const Fingerprint& fingerprint, const std::string& host,
                       Communicator& comm) {
  const OutputFolder output(config);
  const std::string& resume = config.save.resume_from_checkpoint;
  const bool named = resume != "auto" && resume != "none";
  Json decision = {{"finished", false}, {"candidates", Json::array()}};
  RunStart start;
  if (comm.rank() == 0) {
    const WritingToDisk writing(comm.activity());  // it removes what is left of earlier runs
    std::vector<Candidate> candidates;
    if (named) candidates = {output.named()};
    start.lock = output.make(host);
    if (named) {
      if (!output.holds(candidates.front().folder)) output.start_over();
    } else if (config.save.overwrite_output_dir) {
      output.start_over();
    } else if (resume == "none") {
      output.refuse_run();
    } else {
      candidates = output.newest_first();
      if (candidates.empty() && output.holds_run())
        log::info("start      at step 0: {} holds no checkpoint yet", config.save.output_dir);
      if (const auto changed = output.changed_since_the_end(fingerprint)) {
        decision["finished"] = changed->empty();
        if (!changed->empty() && candidates.empty()) output.refuse_finished(*changed);
      }
    }
    for (const Candidate& candidate : candidates)
      decision["candidates"].push_back({candidate.folder.string(), candidate.incomplete});
  }
  decision = shared(decision, comm);
  require_common_folder(config.save.output_dir, host, comm);
  start.finished = decision["finished"].get<bool>();
  if (start.finished) return start;
  std::vector<Candidate> candidates;
  for (const Json& candidate : decision["candidates"])
    candidates.push_back({candidate[0].get<std::string>(), candidate[1].get<std::string>()});
  start.from = first_whole(candidates, comm);
  if (!start.from) return start;
  const auto changed = require_unchanged(start.from->manifest.fingerprint, fingerprint,
                                         config.save.allow_changed, start.from->folder.string());
  if (comm.rank() == 0) {
    for (const FingerprintDifference& difference : changed)
      log::warn("{} was {} and is now {}", difference.name, difference.before, difference.now);
    output.set_later_ones_aside(start.from->manifest.step);
    output.restore_metrics(start.from->trainer_state);
  }
  return start;
}

void mark_finished(const std::filesystem::path& output, std::int64_t step, const Fingerprint& fingerprint) {
  OrderedJson json = OrderedJson::parse(read_text_file(output / "run.json"));
  json["finished"] = {{"step", step}, {"fingerprint", to_json(fingerprint)}};
  write_file_atomically(output / "run.json", json.dump(2) + "\n");
}

}  // namespace hone
