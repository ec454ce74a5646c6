#pragma once

#include <filesystem>
#include <string>

namespace hone {

/// A folder while it is being made: under a temporary name beside the final one, removed unless finished, so
/// that a folder of the final name is whole.
class NewFolder {
 public:
  /// `flag` named the folder, for messages. Throws Error(kUsage) where a file, or a folder that is not empty,
  /// has the name already, and where none can be made.
  NewFolder(std::filesystem::path final_path, const std::string& flag);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Where the files go; each is to be on disk before finish().
  const std::filesystem::path& path() const { return temporary_; }
  /// Gives the folder its name. Throws Error(kRunTimeFailure).
  void finish();

 private:
  std::filesystem::path final_, temporary_;
};

}  // namespace hone
