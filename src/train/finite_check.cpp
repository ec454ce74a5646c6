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

}  // namespace

void require_finite_start(const UnitStore& units, const WeightFormats& formats, const std::string& model,
                          Communicator& comm) {
  for (const std::string& name : comm.gather_strings(first_not_finite(units, FloatFormat::kFloat32))) {
    if (name.empty()) continue;
    fail_data(fmt::format("the weights to start from can't be trained: {} holds inf or nan", name),
              fmt::format("the base model is {}", model), "copy or download it again");
  }
  for (const std::string& name : comm.gather_strings(first_not_finite(units, formats))) {
    if (name.empty()) continue;
    fail_usage(fmt::format("--save_dtype {} can't hold {}", config_name(formats.of(name)), name),
               fmt::format("it has values in {} beyond that range", model), "say --save_dtype float32");
  }
}

void require_finite_weights(const UnitStore& units, const WeightFormats& formats, std::int64_t step,
                            Communicator& comm) {
  for (const std::string& name : comm.gather_strings(first_not_finite(units, formats))) {
    if (name.empty()) continue;
    const FloatFormat format = formats.of(name);
    const std::string wider = format == FloatFormat::kFloat32 ? "" : ", or save with --save_dtype float32";
    throw Error(ExitCode::kDiverged, fmt::format("training diverged at step {}", step),
                fmt::format("{} holds inf or nan as {}", name, config_name(format)),
                "no model was saved over earlier results; lower --learning_rate" + wider);
  }
}

}  // namespace hone
