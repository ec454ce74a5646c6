#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/state_file.hpp"

namespace hone {

/// A checkpoint's state by parameter name, whatever rank count wrote it.
class StateReader {
 public:
  using Shapes = std::map<std::string, std::vector<std::int64_t>>;

  /// `shapes`: every parameter that the checkpoint holds. Opens no file yet. Throws Error(kData) naming the
  /// parameter where the files' ranges leave a hole, overlap, or hold something else.
  StateReader(std::filesystem::path folder, const std::vector<StateFile>& files, const Shapes& shapes);
  ~StateReader();

  /// Elements [offset, offset + count) of a parameter. Throws Error(kData) for a parameter or range that is
  /// not there, and on a failed checksum.
  void read(StateKind kind, const std::string& name, std::int64_t offset, std::int64_t count,
            float* out) const;

 private:
  struct Place {
    StateRange range;
    std::string file;
  };
  class OpenFiles;

  std::filesystem::path folder_;
  std::map<std::string, std::vector<Place>> places_;  // by parameter, in the order of its elements
  std::unique_ptr<OpenFiles> open_;
};

/// Refuses a checkpoint whose parameters are not exactly the wanted ones. Throws Error(kData) naming one and
/// both shapes.
void require_same_parameters(const StateReader::Shapes& wanted, const StateReader::Shapes& stored,
                             const std::filesystem::path& folder);

}  // namespace hone
