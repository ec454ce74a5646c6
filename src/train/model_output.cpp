#include "train/model_output.hpp"

#include "checkpoint/adapter_reader.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/side_files.hpp"
#include "zero/shard_layout.hpp"

namespace hone {
namespace {

std::vector<const WeightPart*> pointers(const std::vector<WeightPart>& parts) {
  std::vector<const WeightPart*> result;
  for (const WeightPart& part : parts) result.push_back(&part);
  return result;
}

}  // namespace

std::vector<WeightPart> saved_parameters(const std::vector<UnitSpec>& table) {
  std::vector<WeightPart> parts;
  for (const UnitSpec& unit : table) {
    const UnitSpec trained = with_role(unit, WeightRole::kTrained);
    for (const ShardSlice& slice : ShardLayout(trained, 1).slices(0)) parts.push_back(*slice.part);
  }
  return parts;
}

WeightFormats formats_of(const ModelOutput& output) {
  if (const auto* const adapter = std::get_if<AdapterWriter::Options>(&output)) return adapter->format;
  return std::get<ModelWriter::Options>(output).formats;
}

void write_output(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                  const ModelOutput& output, const FeedOutput& feed) {
  const std::vector<WeightPart> parts = saved_parameters(table);
  if (const auto* const adapter = std::get_if<AdapterWriter::Options>(&output)) {
    AdapterWriter writer(folder, pointers(parts), *adapter);
    feed([&](const WeightPart& part, const float* values) { writer.append(part, values); });
    writer.finish();
    const AdapterReader written(folder, table, read_adapter_config(folder).lora);
    return;
  }
  ModelWriter writer(folder, pointers(parts), std::get<ModelWriter::Options>(output));
  feed([&](const WeightPart& part, const float* values) { writer.append(part, values); });
  writer.finish();
  const ModelReader written(folder, table);
}

std::int64_t output_bytes(const std::vector<UnitSpec>& table, const ModelOutput& output) {
  const WeightFormats formats = formats_of(output);
  std::int64_t bytes =
      std::visit([](const auto& options) { return tokenizer_file_bytes(options.base); }, output);
  for (const WeightPart& part : saved_parameters(table)) bytes += formats.bytes_of(part);
  return bytes;
}

void write_output(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                  const StateReader& state, const ModelOutput& output, const CheckParameter& check) {
  const WeightFormats formats = formats_of(output);
  write_output(folder, table, output, [&](const AppendParameter& append) {
    std::vector<float> values;
    for (const WeightPart& part : saved_parameters(table)) {
      values.resize(static_cast<std::size_t>(part.numel()));
      state.read(StateKind::kMaster, part.name, 0, part.numel(), values.data());
      check(part, formats.of(part.name), values);
      append(part, values.data());
    }
  });
}

}  // namespace hone
