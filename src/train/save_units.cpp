#include "train/save_units.hpp"

namespace hone {

void save_units(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                const ModelOutput& output) {
  if (comm.rank() == 0) {
    write_output(folder, units.table(), output,
                 [&](const AppendParameter& append) { units.visit_parameters(append); });
  } else {
    units.visit_parameters([](const WeightPart&, const float*) {});
  }
  comm.barrier();
}

}  // namespace hone
