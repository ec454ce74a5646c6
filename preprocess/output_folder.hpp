#pragma once

#include <filesystem>

namespace hone {

/// The dataset folder while it is being made: under a temporary name beside the final one, removed unless
/// finished; what a killed run left under that name goes with the next. An earlier dataset stays under its
/// name until the new one is complete and on disk; at every moment one of the two is there under the final
/// name or, between two renames, the earlier one under replaced_path(), from where the next run puts it back.
class OutputFolder {
 public:
  enum class Existing { kRefuse, kReplace };

  /// Puts back what an interrupted replacement moved aside, saying so. Throws Error(kUsage) when the folder
  /// holds something that is no dataset, or a dataset under kRefuse.
  OutputFolder(const std::filesystem::path& final_path, Existing existing);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Where the files go.
  const std::filesystem::path& path() const { return temporary_; }
  /// Syncs everything, moves an earlier dataset aside, gives the new one its name, removes the earlier one.
  /// Throws Error(kRunTimeFailure), or Error(kUsage) for what came under that name meanwhile and the
  /// constructor would have refused; an earlier dataset is then under its name.
  void finish();

 private:
  void recover() const;
  void remove_replaced() const;
  Existing existing_;
  std::filesystem::path final_, temporary_, replaced_;
};

/// Throws Error(kUsage) where an OutputFolder would refuse the name (a mount point and the working folder are
/// among it, which can't be replaced), without touching anything.
void require_output_free(const std::filesystem::path& path, OutputFolder::Existing existing);

}  // namespace hone
