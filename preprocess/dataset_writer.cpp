#include "preprocess/dataset_writer.hpp"

namespace hone {

void DatasetWriter::add(const Row& row, std::uint8_t notes, std::uint32_t nth) {
  counts_.add(row, notes);
  if (shuffle_) return shuffle_->add(row, nth);
  parts_.append(row);
  shown_.add(row);
}

void DatasetWriter::finish(const std::filesystem::path& tokenizer,
                           const std::map<std::string, std::uint64_t>& dropped,
                           const std::vector<Manifest::Input>& inputs) {
  if (shuffle_) {
    shuffle_->finish([&](const Row& row) {
      parts_.append(row);
      shown_.add(row);
    });
  }
  manifest_.counts = counts_.counts();
  manifest_.counts.dropped = dropped;
  manifest_.max_id = counts_.max_id();
  manifest_.inputs = inputs;
  manifest_.parts = parts_.finish();
  std::filesystem::create_directories(output_.path() / "tokenizer");
  std::filesystem::copy_file(tokenizer / "tokenizer.json", output_.path() / "tokenizer" / "tokenizer.json");
  write_manifest(output_.path(), manifest_);
}

}  // namespace hone
