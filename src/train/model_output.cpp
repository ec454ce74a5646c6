#include "train/model_output.hpp"

#include <functional>

#include "checkpoint/adapter_reader.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/side_files.hpp"
#include "train/saved_form.hpp"

namespace hone {
namespace {

using Append = std::function<void(const WeightPart&, const float* values)>;

// In the order in which UnitStore::visit_parameters() hands them out.
std::vector<WeightPart> trained_parts(const std::vector<UnitSpec>& table) {
  std::vector<WeightPart> parts;
  for (const UnitSpec& unit : table) {
    const UnitSpec trained = with_role(unit, WeightRole::kTrained);
    for (const WeightPart* const part : saved_parts(trained)) parts.push_back(*part);
  }
  return parts;
}

std::vector<const WeightPart*> pointers(const std::vector<WeightPart>& parts) {
  std::vector<const WeightPart*> result;
  for (const WeightPart& part : parts) result.push_back(&part);
  return result;
}

// `feed` hands every trained parameter over, in order. Opening the folder again throws when anything is
// missing or misshapen.
void write(const std::filesystem::path& folder, const std::vector<UnitSpec>& table, const ModelOutput& output,
           const std::function<void(const Append&)>& feed) {
  const std::vector<WeightPart> parts = trained_parts(table);
  if (const auto* const adapter = std::get_if<AdapterWriter::Options>(&output)) {
    AdapterWriter writer(folder, pointers(parts), *adapter);
    feed([&](const WeightPart& part, const float* values) { writer.append(part, values); });
    writer.finish();
    read_adapter_config(folder);
    const AdapterReader written(folder, table, adapter->config.lora);
    return;
  }
  ModelWriter writer(folder, pointers(parts), std::get<ModelWriter::Options>(output));
  feed([&](const WeightPart& part, const float* values) { writer.append(part, values); });
  writer.finish();
  const ModelReader written(folder, table);
}

}  // namespace

std::int64_t output_bytes(const std::vector<UnitSpec>& table, const ModelOutput& output) {
  return std::visit(
      [&](const auto& options) {
        return parameter_count(table, WeightRole::kTrained) * bytes_of(options.format) +
               tokenizer_file_bytes(options.base);
      },
      output);
}

void save_output(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                 const ModelOutput& output) {
  if (comm.rank() == 0) {
    write(folder, units.table(), output, [&](const Append& append) { units.visit_parameters(append); });
  } else {
    units.visit_parameters([](const WeightPart&, const float*) {});
  }
  comm.barrier();
}

void save_output(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                 const StateReader& state, const ModelOutput& output) {
  write(folder, table, output, [&](const Append& append) {
    std::vector<float> values;
    for (const WeightPart& part : trained_parts(table)) {
      values.resize(static_cast<std::size_t>(part.numel()));
      state.read(StateKind::kMaster, part.name, 0, part.numel(), values.data());
      append(part, values.data());
    }
  });
}

}  // namespace hone
