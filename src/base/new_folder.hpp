#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/folder_lock.hpp"

namespace hone {

/// A folder while it is being made: beside the final one, as NAME.hone-new-HOST-PID, removed unless finished,
/// so that a folder of the final name is whole. Nobody else makes NAME meanwhile. What a killed run left
/// under such a name goes with the next one that makes NAME, where HOST is this host and no process has that
/// PID any more.
class NewFolder {
 public:
  /// `flag` named the folder, for messages. Throws Error(kUsage) where a file, or a folder that is not empty,
  /// has the name already, where a rename can't replace what has it, where none can be made, and where
  /// another process makes it and does not end.
  NewFolder(const std::filesystem::path& final_path, const std::string& flag);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Where the files go; each is to be on disk before finish().
  const std::filesystem::path& path() const { return temporary_; }
  /// Gives the folder its name. Throws Error(kRunTimeFailure).
  void finish();

 private:
  // The folders above it that were not there; those that hold nothing go again, unless kept.
  class Above {
   public:
    explicit Above(const std::filesystem::path& folder);
    ~Above();
    Above(const Above&) = delete;
    Above& operator=(const Above&) = delete;
    void keep() { missing_.clear(); }

   private:
    std::vector<std::filesystem::path> missing_;  // innermost first
  };

  void require_free(const std::string& flag) const;
  [[noreturn]] void refuse_unmakeable(const std::string& flag, const std::error_code& error) const;
  void remove_leftovers() const;

  std::filesystem::path final_, temporary_;
  Above above_;  // goes after the lock, whose folder lies there
  std::optional<OutputNameLock> lock_;
};

}  // namespace hone
