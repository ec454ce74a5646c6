#include "checkpoint/adapter_writer.hpp"

#include <utility>

#include "adapter/lora_table.hpp"
#include "base/error.hpp"
#include "checkpoint/model_files.hpp"
#include "checkpoint/side_files.hpp"

namespace hone {

AdapterWriter::AdapterWriter(std::filesystem::path folder, std::vector<const WeightPart*> parts,
                             const Options& options)
    : folder_(std::move(folder)), parts_(std::move(parts)), options_(options) {
  std::filesystem::create_directories(folder_);
  std::vector<SafetensorsWriter::Tensor> tensors;
  for (const WeightPart* const part : parts_) {
    tensors.push_back({adapter_file_name(part->name, options_.config.lora), part->shape, options_.format});
  }
  writer_ = std::make_unique<SafetensorsWriter>(folder_ / kAdapterWeights, std::move(tensors),
                                                to_metadata(options_.origin));
}

void AdapterWriter::append(const WeightPart& part, const float* values) {
  HONE_ASSERT(next_ < parts_.size() && parts_[next_]->name == part.name);
  writer_->append(values);
  ++next_;
}

void AdapterWriter::finish() {
  writer_->finish();
  write_adapter_config(folder_, options_.config);
  remove_other_weights(folder_, {kAdapterWeights, kAdapterConfig});
  copy_tokenizer_files(options_.base, folder_);
}

}  // namespace hone
