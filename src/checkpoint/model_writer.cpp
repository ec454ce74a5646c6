#include "checkpoint/model_writer.hpp"

#include <fmt/format.h>

#include <set>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "checkpoint/model_files.hpp"
#include "checkpoint/side_files.hpp"

namespace hone {
namespace {

// Shards wait under such a name until all are there: until then an earlier model is whole.
constexpr const char* kUnfinished = ".new";

}  // namespace

ModelWriter::ModelWriter(std::filesystem::path folder, std::vector<const WeightPart*> parts,
                         const Options& options)
    : folder_(std::move(folder)), parts_(std::move(parts)), options_(options) {
  std::filesystem::create_directories(folder_);
  plan_shards();
  double needed = 0;
  for (const WeightPart* part : parts_) needed += static_cast<double>(options_.formats.bytes_of(*part));
  const auto available = static_cast<double>(std::filesystem::space(folder_).available);
  if (available < needed) {
    fail_run(fmt::format("no room for the model in {}", folder_.string()),
             fmt::format("it needs {}, {} are free", human_bytes(needed), human_bytes(available)),
             "free some space");
  }
}

ModelWriter::~ModelWriter() {
  std::error_code ignored;
  for (const Shard& shard : shards_) std::filesystem::remove(folder_ / (shard.file + kUnfinished), ignored);
}

void ModelWriter::plan_shards() {
  std::int64_t bytes = 0;
  for (const WeightPart* part : parts_) {
    const std::int64_t size = options_.formats.bytes_of(*part);
    if (shards_.empty() || (bytes > 0 && bytes + size > options_.max_shard_bytes)) {
      shards_.emplace_back();
      bytes = 0;
    }
    shards_.back().parts.push_back(part);
    bytes += size;
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].file = shards_.size() == 1
                          ? "model.safetensors"
                          : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards_.size());
  }
}

void ModelWriter::open_shard() {
  std::vector<SafetensorsWriter::Tensor> tensors;
  for (const WeightPart* part : shards_[shard_].parts)
    tensors.push_back({part->name, part->shape, options_.formats.of(part->name)});
  writer_ =
      std::make_unique<SafetensorsWriter>(folder_ / (shards_[shard_].file + kUnfinished), std::move(tensors));
}

void ModelWriter::append(const WeightPart& part, const float* values) {
  if (!writer_) open_shard();
  HONE_ASSERT(shards_[shard_].parts[next_in_shard_]->name == part.name);
  writer_->append(values);
  if (++next_in_shard_ < shards_[shard_].parts.size()) return;
  writer_->finish();
  writer_.reset();
  next_in_shard_ = 0;
  ++shard_;
}

void ModelWriter::write_index() const {
  if (shards_.size() == 1) return;
  std::int64_t total = 0;
  OrderedJson map = OrderedJson::object();
  for (const Shard& shard : shards_) {
    for (const WeightPart* part : shard.parts) {
      map[part->name] = shard.file;
      total += options_.formats.bytes_of(*part);
    }
  }
  const OrderedJson index = {{"metadata", {{"total_size", total}}}, {"weight_map", map}};
  write_file_atomically(folder_ / kWeightIndex, index.dump(2) + "\n");
}

void ModelWriter::finish() {
  HONE_ASSERT(shard_ == shards_.size());
  std::set<std::string> files;
  for (const Shard& shard : shards_) files.insert(shard.file);
  // An earlier index over files of both saves would load as a model.
  remove_index_of(folder_, files);
  for (const Shard& shard : shards_)
    rename_durably(folder_ / (shard.file + kUnfinished), folder_ / shard.file);
  write_index();
  if (shards_.size() > 1) files.insert(kWeightIndex);
  remove_other_weights(folder_, files);
  copy_side_files(options_.base, folder_, config_name(options_.formats.usual), options_.turn_end_id);
}

}  // namespace hone
