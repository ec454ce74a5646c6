#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hone {

/// A folder while it is being made: beside the final one, as NAME.hone-new-HOST-PID, removed unless finished,
/// so that a folder of the final name is whole. What a killed run left under such a name goes with the next
/// one that makes NAME, where HOST is this host and no process has that PID any more.
class NewFolder {
 public:
  /// `flag` named the folder, for messages. Throws Error(kUsage) where a file, or a folder that is not empty,
  /// has the name already, where a rename can't replace what has it, and where none can be made.
  NewFolder(const std::filesystem::path& final_path, const std::string& flag);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Where the files go; each is to be on disk before finish().
  const std::filesystem::path& path() const { return temporary_; }
  /// Gives the folder its name. Throws Error(kRunTimeFailure).
  void finish();

 private:
  void remove_leftovers() const;
  void remove();

  std::filesystem::path final_, temporary_;
  std::vector<std::filesystem::path> made_above_;  // folders that were not there, innermost first
};

}  // namespace hone
