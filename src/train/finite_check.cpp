#include "train/finite_check.hpp"

#include <fmt/format.h>

#include <string>

#include "base/error.hpp"

namespace hone {
namespace {

// The first of this rank's trained parameters that is not finite; "" where all are.
std::string first_not_finite(const UnitStore& units, const WeightFormats& formats) {
  for (const TrainedGroup* const group : units.trained()) {
    const Tensor host = group->master().to(at::kCPU);
    const float* const master = host.const_data_ptr<float>();
    for (const ShardSlice& slice : group->layout().slices(group->shard_rank())) {
      const FloatFormat format = formats.of(slice.part->name);
      if (!all_finite(format, master + slice.shard_offset, slice.count)) return slice.part->name;
    }
  }
  return "";
}

// The same of all ranks' parameters, the lowest rank's first.
std::string first_not_finite_of_any(const UnitStore& units, const WeightFormats& formats,
                                    Communicator& comm) {
  for (const std::string& name : comm.gather_strings(first_not_finite(units, formats))) {
    if (!name.empty()) return name;
  }
  return "";
}

}  // namespace

void require_finite_start(const UnitStore& units, const WeightFormats& formats, const std::string& model,
                          Communicator& comm) {
  const std::string unsavable = first_not_finite_of_any(units, formats, comm);
  if (unsavable.empty()) return;
  const std::string untrainable = first_not_finite_of_any(units, FloatFormat::kFloat32, comm);
  if (!untrainable.empty()) {
    fail_data(fmt::format("the weights to start from can't be trained: {} holds inf or nan", untrainable),
              fmt::format("the base model is {}", model), "copy or download it again");
  }
  fail_usage(fmt::format("--save_dtype {} can't hold {}", config_name(formats.of(unsavable)), unsavable),
             "it starts with values beyond that range", "say --save_dtype float32");
}

void require_finite_weights(const UnitStore& units, const WeightFormats& formats, std::int64_t step,
                            Communicator& comm) {
  const std::string name = first_not_finite_of_any(units, formats, comm);
  if (name.empty()) return;
  const FloatFormat format = formats.of(name);
  const std::string wider = format == FloatFormat::kFloat32 ? "" : ", or save with --save_dtype float32";
  throw Error(ExitCode::kDiverged, fmt::format("training diverged at step {}", step),
              fmt::format("{} holds inf or nan as {}", name, config_name(format)),
              "no model was saved over earlier results; lower --learning_rate" + wider);
}

}  // namespace hone
