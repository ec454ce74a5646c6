#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/manifest.hpp"
#include "preprocess/line_reader.hpp"

namespace hone {

/// Reads the inputs one after the other.
class InputSequence {
 public:
  /// Keeps a reference to the paths. Looks at every one before any work: throws Error(kData) for one that
  /// can't be read.
  explicit InputSequence(const std::vector<std::string>& paths);

  /// False after the last block of the last input.
  bool next(LineBlock& block);

  /// In order; the hash of one is there once all of it was read.
  const std::vector<Manifest::Input>& inputs() const { return inputs_; }
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  const std::vector<std::string>& paths_;
  std::vector<Manifest::Input> inputs_;
  std::uint64_t total_bytes_ = 0;
  std::size_t next_ = 0;
  std::unique_ptr<LineReader> reader_;
};

}  // namespace hone
