// rope_values FOLDER: the attention scaling, then one inverse frequency a line, of the model that
// FOLDER/config.json describes.
#include <fmt/format.h>

#include <cstdio>

#include "base/program.hpp"
#include "model/rope.hpp"

int main(int argc, char** argv) {
  return hone::run_program({"rope_values"}, [&] {
    if (argc != 2) hone::fail_usage("one folder is needed", "", "");
    const hone::ModelConfig config = hone::read_model_config(argv[1]);
    fmt::print("{:.17g}\n", hone::rope_attention_scaling(config));
    for (const double frequency : hone::rope_inverse_frequencies(config)) fmt::print("{:.17g}\n", frequency);
    return hone::ExitCode::kDone;
  });
}
