#include "train/run_start.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "train/checkpoint_check.hpp"
#include "train/run_folder.hpp"
#include "train/run_requests.hpp"

namespace hone {
namespace {

using Candidate = RunFolder::Candidate;

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

// Whether the state files are read too, which takes minutes where they are large.
enum class Look { kQuick, kThorough };

// The first candidate that is whole; says why the others are not.
std::optional<ResumePoint> first_whole(const std::vector<Candidate>& candidates, Look look,
                                       Communicator& comm) {
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
      if (look == Look::kThorough) reason = damage_seen_by_any(candidate.folder, point.manifest, comm);
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

// Where checkpoints tell how to go on, a run.json that was cut short by a full disk must not be in the way.
std::optional<RunFolder::Finished> finished_run(const RunFolder& output, const Fingerprint& fingerprint,
                                                bool has_checkpoints) {
  try {
    return output.finished(fingerprint);
  } catch (const Error& error) {
    if (!has_checkpoints) output.refuse_unreadable();
    log::warn("{}; going on from the newest checkpoint", error.what());
    return std::nullopt;
  }
}

// What a launch makes of its output_dir, before anything in it is changed.
struct Outlook {
  bool finished = false;
  bool starts_over = false;  // once a named checkpoint has proved to be this run's
  std::vector<Candidate> candidates;
};

Outlook look_into(const RunFolder& output, const TrainConfig& config, const Fingerprint& fingerprint,
                  const std::optional<Candidate>& named) {
  Outlook outlook;
  if (named) {
    outlook.starts_over = !output.holds(named->folder);
    outlook.candidates = {*named};
  } else if (config.save.overwrite_output_dir) {
    outlook.starts_over = true;
  } else if (config.save.resume_from_checkpoint == "none") {
    output.refuse_run();
  } else if (output.holds_run()) {
    outlook.candidates = output.newest_first();
    const bool has_checkpoints = !outlook.candidates.empty();
    if (!has_checkpoints)
      log::info("start      at step 0: {} holds no checkpoint yet", config.save.output_dir);
    if (const auto earlier = finished_run(output, fingerprint, has_checkpoints)) {
      if (!earlier->changed.empty() && !has_checkpoints) output.refuse_finished(earlier->changed);
      outlook.finished = earlier->changed.empty() && earlier->lost.empty();
      if (!earlier->lost.empty())
        log::warn("{} holds a finished run, but {}: going on to save it again", config.save.output_dir,
                  earlier->lost);
    }
  }
  if (outlook.finished)
    log::info("finished   {} holds this run's model already; nothing to do", config.save.output_dir);
  return outlook;
}

Outlook shared(const Outlook& of_rank_0, Communicator& comm) {
  Json json = {of_rank_0.finished, of_rank_0.starts_over, Json::array()};
  for (const Candidate& candidate : of_rank_0.candidates)
    json[2].push_back({candidate.folder.string(), candidate.incomplete});
  json = shared(json, comm);
  Outlook outlook{json[0].get<bool>(), json[1].get<bool>(), {}};
  for (const Json& candidate : json[2])
    outlook.candidates.push_back({candidate[0].get<std::string>(), candidate[1].get<std::string>()});
  return outlook;
}

std::optional<ResumePoint> resume_point(const std::vector<Candidate>& candidates, Look look,
                                        const TrainConfig& config, const Fingerprint& fingerprint,
                                        Communicator& comm) {
  auto point = first_whole(candidates, look, comm);
  if (!point) return std::nullopt;
  const auto changed = require_unchanged(point->manifest.fingerprint, fingerprint, config.save.allow_changed,
                                         point->folder.string());
  if (comm.rank() == 0) {
    for (const FingerprintDifference& difference : changed)
      log::warn("{} was {} and is now {}", difference.name, difference.before, difference.now);
  }
  return point;
}

}  // namespace

RunStart prepare_start(const TrainConfig& config, const Fingerprint& fingerprint, const std::string& host,
                       Communicator& comm) {
  const RunFolder output(config);
  RunStart start;
  Outlook outlook;
  if (comm.rank() == 0) {
    const WritingToDisk writing(comm.activity());  // it removes what is left of earlier runs
    const std::optional<Candidate> named = output.named();
    start.lock = output.make(host);
    remove_earlier_requests(config.save.output_dir);
    outlook = look_into(output, config, fingerprint, named);
  }
  outlook = shared(outlook, comm);
  require_common_folder(config.save.output_dir, host, comm);
  start.finished = outlook.finished;
  if (start.finished) return start;
  start.from = resume_point(outlook.candidates, Look::kThorough, config, fingerprint, comm);
  if (comm.rank() == 0) {
    const WritingToDisk writing(comm.activity());
    if (outlook.starts_over) output.start_over();
    if (start.from) {
      output.set_later_ones_aside(start.from->manifest.step);
      output.restore_metrics(start.from->trainer_state);
    }
  }
  return start;
}

void check_start(const TrainConfig& config, const Fingerprint& fingerprint, Communicator& comm) {
  const RunFolder output(config);
  Outlook outlook;
  if (comm.rank() == 0) {
    const std::optional<Candidate> named = output.named();
    if (!config.save.output_dir.empty()) output.require_makeable();
    outlook = look_into(output, config, fingerprint, named);
  }
  outlook = shared(outlook, comm);
  if (!outlook.finished) resume_point(outlook.candidates, Look::kQuick, config, fingerprint, comm);
}

}  // namespace hone
