#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/output_lock.hpp"
#include "preprocess/slice.hpp"

namespace hone {

/// Where the encoded segments of a dataset lie until it is written: NAME.hone-work beside it. It outlives a
/// run that is killed, and the next one with the same plan goes on there.
class WorkFolder {
 public:
  enum class User {
    kRun,     // alone, no slice beside it; begins anew where the folder is of another plan
    kSlice,   // beside others; refuses a folder of another plan
    kFinish,  // as kRun is alone; needs the folder of the slices
    kPeer,    // of a rank that has the folder already
  };

  /// `plan` says all that the segments depend on; plan_difference() tells what changed. `began`, seconds
  /// since 1970, is kept for those that come later. Throws Error(kUsage) where another process works there,
  /// for all but kRun where the folder is of another plan or of none, for kFinish and kPeer where it is
  /// missing.
  WorkFolder(const std::filesystem::path& output, const OrderedJson& plan, std::int64_t began, User user,
             const Slice& slice);

  const std::filesystem::path& path() const { return path_; }
  std::int64_t began() const { return began_; }

  bool has_segment(std::size_t index) const { return std::filesystem::exists(segment_file(index)); }
  std::filesystem::path segment_file(std::size_t index) const;
  /// Where a segment is written before it is whole; renamed by keep_segment().
  std::filesystem::path temporary_file(std::size_t index) const;
  void keep_segment(std::size_t index) const;

  /// The SHA-256 of an input that is cut, told by whoever read it.
  void keep_sha256(std::uint32_t input, const std::string& sha256) const;
  std::optional<std::string> sha256_of_input(std::uint32_t input) const;

  /// Into how many slices the processes that worked here have cut it; none where they don't agree.
  std::optional<std::size_t> slices() const;

  /// Takes it away, with everything in it.
  void remove();

 private:
  void begin(const OrderedJson& plan, std::int64_t began, User user);
  void clear_work_without_plan(User user) const;
  void refuse_other_plan(const std::string& difference, User user) const;
  void remove_partial(const Slice& own) const;

  std::filesystem::path path_;
  std::int64_t began_ = 0;
  std::vector<std::unique_ptr<OutputLock>> locks_;
};

/// Takes away what a run has left that was killed when the dataset had its name already. Throws Error(kUsage)
/// where a process works there.
void remove_finished_work(const std::filesystem::path& output);

}  // namespace hone
