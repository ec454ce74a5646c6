#include "base/program.hpp"
#include "preprocess/preprocess.hpp"
#include "tools/version_text.hpp"

int main(int argc, char** argv) {
  return hone::run_program("hone-preprocess", [&] {
    const auto options =
        hone::parse_preprocess_command_line(argc, argv, hone::version_text("hone-preprocess"));
    return options ? hone::preprocess(*options) : hone::ExitCode::kDone;
  });
}
