#include "train/model_output.hpp"

#include <memory>

#include "checkpoint/model_reader.hpp"
#include "checkpoint/model_writer.hpp"

namespace hone {

void save_model(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                const ModelOutputOptions& options) {
  std::unique_ptr<ModelWriter> writer;
  if (comm.rank() == 0) {
    std::vector<const WeightPart*> parts;
    for (const Unit& unit : units.units()) {
      for (const ShardSlice& slice : ShardLayout(unit.layout().unit(), 1).slices(0))
        parts.push_back(slice.part);
    }
    writer = std::make_unique<ModelWriter>(
        folder, std::move(parts),
        ModelWriter::Options{options.base, options.format, options.max_shard_bytes, options.turn_end_id});
  }
  units.visit_parameters([&](const WeightPart& part, const float* values) { writer->append(part, values); });
  if (writer) {
    writer->finish();
    const ModelReader written(folder, units.table());  // throws when anything is missing or misshapen
  }
  comm.barrier();
}

}  // namespace hone
