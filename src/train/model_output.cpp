#include "train/model_output.hpp"

#include <memory>

#include "checkpoint/adapter_reader.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/model_writer.hpp"
#include "train/saved_form.hpp"

namespace hone {

namespace {

// In the order in which UnitStore::visit_parameters() hands them out.
std::vector<const WeightPart*> trained_parts(const UnitStore& units) {
  std::vector<const WeightPart*> parts;
  for (const TrainedGroup* const group : units.trained()) {
    const std::vector<const WeightPart*> own = saved_parts(group->layout().unit());
    parts.insert(parts.end(), own.begin(), own.end());
  }
  return parts;
}

}  // namespace

void save_model(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                const ModelOutputOptions& options) {
  std::unique_ptr<ModelWriter> writer;
  if (comm.rank() == 0) {
    writer = std::make_unique<ModelWriter>(
        folder, trained_parts(units),
        ModelWriter::Options{options.base, options.format, options.max_shard_bytes, options.turn_end_id});
  }
  units.visit_parameters([&](const WeightPart& part, const float* values) { writer->append(part, values); });
  if (writer) {
    writer->finish();
    const ModelReader written(folder, units.table());  // throws when anything is missing or misshapen
  }
  comm.barrier();
}

void save_adapter(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                  const AdapterWriter::Options& options) {
  std::unique_ptr<AdapterWriter> writer;
  if (comm.rank() == 0) writer = std::make_unique<AdapterWriter>(folder, trained_parts(units), options);
  units.visit_parameters([&](const WeightPart& part, const float* values) { writer->append(part, values); });
  if (writer) {
    writer->finish();
    read_adapter_config(folder);
    const AdapterReader written(folder, units.table(),
                                options.config.lora);  // throws when anything is missing
  }
  comm.barrier();
}

}  // namespace hone
