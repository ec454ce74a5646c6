// rewrite_model FROM TO DTYPE MAX_SHARD_BYTES TURN_END_ID: reads a model folder whole and writes it again.
#include <string>
#include <vector>

#include "base/program.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/model_writer.hpp"

int main(int argc, char** argv) {
  return hone::run_program({"rewrite_model"}, [&] {
    if (argc != 6) hone::fail_usage("five arguments are needed", "", "");
    const std::vector<hone::UnitSpec> table = hone::weight_table(hone::read_model_config(argv[1]));
    const hone::ModelReader reader(argv[1], table);
    hone::FloatFormat format = hone::FloatFormat::kFloat32;
    if (!hone::parse_float_format(argv[3], format)) hone::fail_usage("unknown type", argv[3], "");
    std::vector<const hone::WeightPart*> parts;
    for (const hone::UnitSpec& unit : table) {
      for (const hone::WeightSpec& weight : unit.weights) {
        for (const hone::WeightPart& part : weight.parts) parts.push_back(&part);
      }
    }
    hone::ModelWriter writer(argv[2], parts, {argv[1], format, std::stoll(argv[4]), std::stoll(argv[5])});
    std::vector<float> values;
    for (const hone::WeightPart* part : parts) {
      values.resize(static_cast<std::size_t>(part->numel()));
      reader.read_range(*part, 0, part->numel(), values.data());
      writer.append(*part, values.data());
    }
    writer.finish();
    return hone::ExitCode::kDone;
  });
}
