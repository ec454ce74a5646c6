#include "train/checkpoint_check.hpp"

#include "base/error.hpp"
#include "checkpoint/state_file.hpp"

namespace hone {

std::string damage_seen_by_any(const std::filesystem::path& folder, const CheckpointManifest& manifest,
                               Communicator& comm) {
  std::string own;
  for (std::size_t i = static_cast<std::size_t>(comm.rank()); own.empty() && i < manifest.files.size();
       i += static_cast<std::size_t>(comm.size())) {
    try {
      own = damage_of(folder, manifest.files[i]);
    } catch (const Error& error) {
      if (error.code() == ExitCode::kRunTimeFailure) throw;  // of this process, not of the file
      own = error.what();
    }
  }
  for (const std::string& reason : comm.gather_strings(own)) {
    if (!reason.empty()) return reason;
  }
  return "";
}

}  // namespace hone
