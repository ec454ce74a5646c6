#pragma once

#include <filesystem>
#include <memory>

#include "base/output_lock.hpp"

namespace hone {

/// Makes a folder, which its other users may take away, and locks it. Throws Error(kUsage) where it can't be
/// made, or where another process works there and does not go.
std::unique_ptr<OutputLock> lock_folder(const std::filesystem::path& folder,
                                        OutputLock::Sharing sharing = OutputLock::Sharing::kAlone);

/// Keeps other runs from an output's name while it lives: by the lock in NAME.hone-work, whichever program
/// makes NAME.
class OutputNameLock {
 public:
  /// As lock_folder().
  explicit OutputNameLock(const std::filesystem::path& output);
  /// Leaves no trace, where the folder holds nothing but the lock.
  ~OutputNameLock();
  OutputNameLock(const OutputNameLock&) = delete;
  OutputNameLock& operator=(const OutputNameLock&) = delete;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<OutputLock> lock_;
};

}  // namespace hone
