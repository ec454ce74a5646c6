#pragma once

#include <filesystem>
#include <map>

namespace hone {

/// What a run is about to put under its outputs' names, kept in its work folder: where it is killed between
/// two names, the next run knows by it which datasets are its own, and no others.
class PublishingNote {
 public:
  explicit PublishingNote(const std::filesystem::path& work) : file_(work / "publishing.json") {}

  const std::filesystem::path& file() const { return file_; }

  /// `made` has for each output the folder that will get its name. Throws Error(kRunTimeFailure).
  void write(const std::map<std::filesystem::path, std::filesystem::path>& made) const;
  /// Whether the dataset under the output's name is one that the note is about.
  bool is_of(const std::filesystem::path& output) const;

 private:
  std::filesystem::path file_;
};

}  // namespace hone
