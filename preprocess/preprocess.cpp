#include "preprocess/preprocess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/folder_lock.hpp"
#include "base/log.hpp"
#include "base/output_name.hpp"
#include "base/read_again.hpp"
#include "base/version.hpp"
#include "preprocess/dataset_join.hpp"
#include "preprocess/output_names.hpp"
#include "preprocess/publishing_note.hpp"
#include "preprocess/reject_log.hpp"
#include "preprocess/run_plan.hpp"
#include "preprocess/segment_encoder.hpp"
#include "preprocess/template_program.hpp"

namespace hone {
namespace {

using Existing = OutputFolder::Existing;

Existing existing(const PreprocessOptions& options) {
  return options.overwrite_output_dir ? Existing::kReplace : Existing::kRefuse;
}

WorkFolder::User user_of(const PreprocessOptions& options, const Team& team) {
  return !team.leads()    ? WorkFolder::User::kPeer
         : options.slice  ? WorkFolder::User::kSlice
         : options.finish ? WorkFolder::User::kFinish
                          : WorkFolder::User::kRun;
}

// All processes of a dataset tell the time at which the first of them began.
void set_moment(const ChatTemplate& chat_template, std::int64_t began) {
  if (!chat_template.program || source_date_epoch()) return;
  const std::time_t moment = began;
  localtime_r(&moment, &chat_template.program->now);
}

// " of slices 2/8, 5/8": whose segments these are, where that is known.
std::string named_slices(const WorkFolder& work, const std::vector<std::size_t>& items) {
  const std::optional<std::size_t> count = work.slices();
  if (!count) return "";
  std::set<std::size_t> indices;
  for (const std::size_t item : items) indices.insert(item % *count);
  std::vector<std::string> texts;
  for (const std::size_t index : indices) texts.push_back(Slice{index, *count}.text());
  return fmt::format(" of slice{} {}", texts.size() == 1 ? "" : "s", fmt::join(texts, ", "));
}

void require_all(const WorkFolder& work, const std::vector<Segment>& segments) {
  std::vector<std::size_t> missing;  // what a slice does: segments, and hashes of inputs
  std::size_t count = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool hashed = segments[i].whole() || work.sha256_of_input(segments[i].file);
    if (!hashed) missing.push_back(segments[i].file);
    if (!work.has_segment(i)) missing.push_back(i);
    count += work.has_segment(i) && hashed ? 0 : 1;
  }
  if (missing.empty()) return;
  fail_usage("not all slices are there",
             fmt::format("{} of {} segments are missing in {}{}", count, segments.size(),
                         work.path().string(), named_slices(work, missing)),
             "run the slices that have not ended, with the same N, then --finish again");
}

void require_unchanged(const OrderedJson& plan, const PreprocessOptions& options) {
  OrderedJson now =
      read_again([&] { return run_plan(options, plan.at("segment_bytes").get<std::uint64_t>()); });
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    if (options.inputs[i] == "-") now[input_key(i)] = plan.at(input_key(i));  // it is another one every time
  }
  const std::string difference = plan_difference(plan, now);
  if (!difference.empty()) fail_data("the run read what changed meanwhile", difference, "start it again");
}

// What a run has made that was killed between two names is its own to replace.
Existing existing_eval(const PreprocessOptions& options) {
  const bool own = PublishingNote(work_path(options.output)).is_of(options.eval_output);
  return own ? Existing::kReplace : existing(options);
}

// Before any work; what is to be done about a dataset under the name of --eval_output.
Existing require_free(const PreprocessOptions& options) {
  if (!options.overwrite_output_dir) remove_finished_work(options.output);
  require_output_free(options.output, existing(options));
  const Existing eval = options.eval_output.empty() ? Existing::kRefuse : existing_eval(options);
  if (!options.eval_output.empty()) require_output_free(options.eval_output, eval);
  require_no_other_file(rejected_path(options.output));
  return eval;
}

/// The folders that are made.
struct Outputs {
  OutputFolder train;
  std::optional<OutputFolder> eval;

  Outputs(const PreprocessOptions& options, Existing eval_existing)
      : train(options.output, existing(options)) {
    if (!options.eval_output.empty()) eval.emplace(options.eval_output, eval_existing);
  }
};

void note_publishing(const PreprocessOptions& options, const WorkFolder& work, const Outputs& outputs) {
  std::map<std::filesystem::path, std::filesystem::path> made = {{options.output, outputs.train.path()}};
  if (outputs.eval) made.emplace(options.eval_output, outputs.eval->path());
  PublishingNote(work.path()).write(made);
}

// The failure is what the user has to know; a folder that stays is gone on with, or thrown away.
void remove_after_failure(WorkFolder& work) {
  try {
    work.remove();
  } catch (const std::exception& failure) {
    log::warn("can't remove {} ({})", work.path().string(), failure.what());
  }
}

// Gives the datasets their names.
void publish(const PreprocessOptions& options, const Encoding& encoding, const OrderedJson& plan,
             const DatasetJoin& join, WorkFolder& work, Outputs& outputs) {
  require_unchanged(plan, options);
  note_publishing(options, work, outputs);
  if (outputs.eval) outputs.eval->finish();
  outputs.train.finish();
  work.remove();
  log::info("wrote      {}", options.output);
  if (outputs.eval) log::info("wrote      {}", options.eval_output);
  join.print_rest(encoding.tokenizer);
}

}  // namespace

ExitCode preprocess(const PreprocessOptions& options, const Team& team) {
  if (team.size > 1 && std::ranges::find(options.inputs, "-") != options.inputs.end())
    fail_usage("standard input can't be read by several ranks", "", "write it to a file first");
  InputSequence inputs(options);
  const Encoding encoding(options, inputs.may_be_plain());
  const std::uint64_t bytes = segment_bytes(options, inputs.inputs());
  const std::vector<Segment> segments = inputs.segments(bytes);
  log::info("hone-preprocess {} ({}), {} thread{}, template {}, loss {}", kVersion, kGitHash, options.threads,
            options.threads == 1 ? "" : "s", encoding.chat_template.name, name_of(options.loss));
  std::optional<OutputNameLock> eval_lock;
  Existing eval_existing = Existing::kRefuse;
  if (team.leads()) {
    if (!options.eval_output.empty() && !options.slice) eval_lock.emplace(options.eval_output);
    eval_existing = require_free(options);
  }

  const OrderedJson plan = run_plan(options, bytes);
  if (!team.leads()) team.barrier();  // until rank 0 has made the folder
  WorkFolder work(options.output, plan, std::time(nullptr), user_of(options, team),
                  options.slice.value_or(Slice{}));
  if (team.leads()) team.barrier();
  set_moment(encoding.chat_template, work.began());

  try {
    std::optional<Outputs> outputs;
    std::optional<DatasetJoin> join;
    if (team.leads() && !options.slice) {
      outputs.emplace(options, eval_existing);
      join.emplace(options, work, segments, outputs->train, outputs->eval ? &*outputs->eval : nullptr);
    }
    SegmentEncoder encoder(encoding, options, inputs, segments, work, team);
    const bool at_once = join && !options.finish && team.size == 1 && !join->needs_all_segments();
    if (options.finish) {
      require_all(work, segments);
    } else if (!at_once) {
      encoder.run(options.threads);
      team.barrier();
    }
    if (join) {
      join->begin(described(encoding, options, plan));
      if (at_once) {
        encoder.run_and_take(options.threads, [&](BlockResult& result) { join->add(result); });
      } else {
        join->add_segments();
      }
      join->finish(inputs.inputs());
      publish(options, encoding, plan, *join, work, *outputs);
    } else if (options.slice) {
      log::info("made       slice {} of {}; --finish joins them", options.slice->text(), options.output);
    }
    team.barrier();  // the others wait asleep, as they would not in MPI_Finalize
  } catch (const Error& error) {
    // What data or flags end would end again, mostly at once; other failures may pass.
    const bool whole = !options.slice && !options.finish && team.size == 1;
    if (whole && error.code() != ExitCode::kRunTimeFailure) remove_after_failure(work);
    throw;
  }
  return ExitCode::kDone;
}

}  // namespace hone
