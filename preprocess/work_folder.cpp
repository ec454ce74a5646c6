#include "preprocess/work_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/folder_lock.hpp"
#include "base/log.hpp"
#include "base/output_name.hpp"
#include "base/read_again.hpp"
#include "preprocess/output_names.hpp"
#include "preprocess/publishing_note.hpp"
#include "preprocess/run_plan.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlan = "plan.json";
constexpr std::string_view kOf = "-of-";  // in the name of a slice's folder, which has its lock

// Each has the lock of a process.
std::vector<fs::path> slice_folders(const fs::path& work) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(work)) {
    if (entry.is_directory() && entry.path().filename().string().find(kOf) != std::string::npos)
      folders.push_back(entry.path());
  }
  return folders;
}

bool holds_work(const fs::path& folder) {
  return std::ranges::any_of(fs::directory_iterator(folder), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return entry.is_regular_file() && name != kOutputLock && name.find(kUnfinishedMark) == std::string::npos;
  });
}

// All but its lock. The plan goes first: without one nothing is gone on with. The note goes last: it says
// what the rest was left by.
void clear_folder(const fs::path& folder) {
  if (fs::remove(folder / kPlan)) sync_to_disk(folder);
  const PublishingNote note(folder);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != kOutputLock && entry.path() != note.file()) fs::remove_all(entry.path());
  }
  fs::remove(note.file());
}

}  // namespace

WorkFolder::WorkFolder(const fs::path& output, const OrderedJson& plan, std::int64_t began, User user,
                       const Slice& slice)
    : path_(work_path(output)) {
  if (user == User::kFinish && !fs::exists(path_ / kPlan)) {
    fail_usage(fmt::format("no slice of {} was made", output.string()), path_.string() + " is not there",
               "run the slices first: --slice 1/N to N/N");
  }
  if (user == User::kPeer && !fs::exists(path_ / kPlan)) {
    fail_data(fmt::format("{} is not there", path_.string()), "rank 0 has made it",
              "give an --output that all hosts see");
  }
  if (user == User::kSlice) {
    locks_.push_back(lock_folder(path_, OutputLock::Sharing::kWithOthers));
    locks_.push_back(lock_folder(path_ / fmt::format("slice-{}{}{}", slice.index + 1, kOf, slice.count)));
  } else if (user != User::kPeer) {
    locks_.push_back(lock_folder(path_));
    for (const fs::path& folder : slice_folders(path_)) locks_.push_back(lock_folder(folder));
  }
  begin(plan, began, user);
  if (user != User::kPeer) remove_partial(user == User::kSlice ? slice : Slice{});
}

// Of slices that begin at once one makes the plan; the others take its time.
void WorkFolder::begin(const OrderedJson& plan, std::int64_t began, User user) {
  const fs::path file = path_ / kPlan;
  OrderedJson own = plan;
  own["began"] = began_ = began;
  const std::string text = own.dump(1) + "\n";
  if (!fs::exists(file) && holds_work(path_)) clear_work_without_plan(user);
  if (!fs::exists(file) && create_file_atomically(file, text)) return;
  OrderedJson found = read_ordered_json_file(file);
  began_ = found.value("began", began);
  found.erase("began");
  const std::string difference = plan_difference(found, plan);
  if (difference.empty()) return;
  refuse_other_plan(difference, user);
  log::info("anew       {} since the run that was interrupted; its work is thrown away", difference);
  clear_folder(path_);
  write_file_atomically(file, text);
  began_ = began;
}

// Of a run that was killed while it threw its work away: nobody knows what that is of.
void WorkFolder::clear_work_without_plan(User user) const {
  if (user == User::kRun) return clear_folder(path_);
  if (fs::exists(path_ / kPlan)) return;  // of another slice, which has begun meanwhile
  fail_usage(fmt::format("{} has no plan", path_.string()), "a run was killed while it removed that folder",
             "remove it");
}

void WorkFolder::refuse_other_plan(const std::string& difference, User user) const {
  if (user == User::kPeer) {
    fail_data("hosts see other files than rank 0", difference,
              "give all hosts the same files, with the same times");
  }
  if (user == User::kRun && slice_folders(path_).empty()) return;
  fail_usage(fmt::format("{} is of another run", path_.string()), difference,
             "say the same as the first slice, or remove that folder and make all slices again");
}

// What was being written by a process that was killed: nobody but this one writes what is its own.
void WorkFolder::remove_partial(const Slice& own) const {
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    const auto temporary = name.find(kUnfinishedMark), dash = name.find('-');
    if (temporary == std::string::npos) continue;
    std::size_t item = 0;  // of segment-ITEM and input-ITEM
    const bool of_item =
        dash < temporary && std::from_chars(&name[dash + 1], &name[temporary], item).ec == std::errc();
    if (of_item ? own.has(item) : own.count == 1) fs::remove(entry.path());
  }
}

fs::path WorkFolder::segment_file(std::size_t index) const {
  return path_ / fmt::format("segment-{:06}.rows", index);
}

fs::path WorkFolder::temporary_file(std::size_t index) const { return unfinished_path(segment_file(index)); }

void WorkFolder::keep_segment(std::size_t index) const {
  sync_to_disk(temporary_file(index));
  rename_durably(temporary_file(index), segment_file(index));
}

void WorkFolder::keep_sha256(std::uint32_t input, const std::string& sha256) const {
  write_file_atomically(path_ / fmt::format("input-{:06}.sha256", input), sha256);
}

std::optional<std::string> WorkFolder::sha256_of_input(std::uint32_t input) const {
  const fs::path file = path_ / fmt::format("input-{:06}.sha256", input);
  return fs::exists(file) ? std::optional(read_again([&] { return read_text_file(file); })) : std::nullopt;
}

std::optional<std::size_t> WorkFolder::slices() const {
  std::size_t agreed = 0;
  for (const fs::path& folder : slice_folders(path_)) {
    const std::string name = folder.filename().string();
    const auto of = name.find(kOf);
    std::size_t count = 0;
    std::from_chars(name.data() + of + kOf.size(), name.data() + name.size(), count);
    if (count == 0 || (agreed != 0 && count != agreed)) return std::nullopt;
    agreed = count;
  }
  return agreed == 0 ? std::nullopt : std::optional(agreed);
}

void WorkFolder::remove() {
  clear_folder(path_);
  fs::remove_all(path_);
  locks_.clear();
}

void remove_finished_work(const fs::path& output) {
  const fs::path path = work_path(output);
  const PublishingNote note(path);
  if (!note.is_of(output)) return;
  const auto lock = lock_folder(path);
  if (!note.is_of(output)) return;  // whoever was waited for has done it
  log::info("removing   {}, which a run that was killed at its very end has left", path.string());
  clear_folder(path);
  fs::remove_all(path);
}

}  // namespace hone
