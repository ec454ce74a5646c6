#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/manifest.hpp"
#include "preprocess/input_reader.hpp"
#include "preprocess/options.hpp"

namespace hone {

/// Reads the inputs one after the other.
class InputSequence {
 public:
  /// Keeps a reference to the options. Looks at the beginning of every input before any work, for its format,
  /// and says that. Throws Error(kData) for one that can't be read, is cut short or damaged there, or whose
  /// format can't be recognised.
  explicit InputSequence(const PreprocessOptions& options);

  /// False after the last block of the last input.
  bool next(LineBlock& block);

  /// In order; the hash of one (and the size of standard input) is there once all of it was read.
  const std::vector<Manifest::Input>& inputs() const { return inputs_; }
  /// Of all files as they lie on disk; 0 where standard input is among them, whose size is not known.
  std::uint64_t total_bytes() const { return total_bytes_; }
  /// Whether the format of some input has rows of plain text.
  bool may_be_plain() const;

 private:
  void look_at(std::uint32_t file);

  const PreprocessOptions& options_;
  std::vector<Manifest::Input> inputs_;
  std::vector<RowFormat> formats_;
  std::uint64_t total_bytes_ = 0;
  std::uint32_t next_ = 0;
  std::unique_ptr<InputReader> reader_;
  // Standard input can't be opened again: what was looked at is kept.
  std::unique_ptr<InputReader> standard_input_;
  std::unique_ptr<LineBlock> looked_at_;
};

}  // namespace hone
