#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/state_range.hpp"

namespace hone {

/// One rank's state file as the checkpoint's manifest lists it.
struct StateFile {
  std::string file;  // state-00000-of-00002.h5
  std::uint64_t bytes = 0;
  std::string sha256;
  std::vector<StateRange> ranges;
};

/// `state-00000-of-00002.h5`.
std::string state_file_name(int rank, int ranks);

/// Writes FOLDER/state-RANK-of-RANKS.h5, syncs it to disk and hashes what can be read back. Throws
/// Error(kRunTimeFailure), a full disk included.
StateFile write_state_file(const std::filesystem::path& folder, int rank, int ranks, std::int64_t step,
                           const std::vector<StateValues>& state);

/// Why the file is not there as the manifest lists it, by name and size alone; "" where it is.
std::string absence_of(const std::filesystem::path& folder, const StateFile& listed);

/// The same after reading all of it: other bytes are damage. Throws Error(kData) when it can't be read.
std::string damage_of(const std::filesystem::path& folder, const StateFile& listed);

}  // namespace hone
