#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/safetensors_writer.hpp"
#include "checkpoint/weight_formats.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// Writes a Hugging Face model folder: weights first, one tensor at a time, then the index, then the side
/// files of the base folder, so that the folder alone is enough to load the model and its tokenizer. Wherever
/// a save over an earlier model breaks off, the weights that load are all of the earlier or all of the new
/// one, or, while shards take the place of earlier ones of their names, none.
class ModelWriter {
 public:
  struct Options {
    std::filesystem::path base;     // folder whose side files are copied
    WeightFormats formats;          // of the weights
    std::int64_t max_shard_bytes;   // a file grows beyond it only for a single larger tensor
    std::int64_t turn_end_id = -1;  // generation must stop at it; -1: leave as it is
  };

  /// `parts` in the order in which append() gets them; they must outlive the writer.
  /// Throws Error(kRunTimeFailure) when the disk has no room for them.
  ModelWriter(std::filesystem::path folder, std::vector<const WeightPart*> parts, const Options& options);
  ~ModelWriter();

  void append(const WeightPart& part, const float* values);
  /// Throws unless every part came and the folder reads back complete.
  void finish();

 private:
  struct Shard {
    std::string file;
    std::vector<const WeightPart*> parts;
  };
  void plan_shards();
  void open_shard();
  void write_index() const;

  std::filesystem::path folder_;
  std::vector<const WeightPart*> parts_;
  Options options_;
  std::vector<Shard> shards_;
  std::size_t shard_ = 0, next_in_shard_ = 0;
  std::unique_ptr<SafetensorsWriter> writer_;
};

}  // namespace hone
