#include "base/program.hpp"
#include "tools/export_checkpoint.hpp"
#include "tools/export_merge.hpp"
#include "tools/export_options.hpp"
#include "tools/version_text.hpp"

int main(int argc, char** argv) {
  return hone::run_program({"hone-export"}, [&] {
    const auto options = hone::parse_export_command_line(argc, argv, hone::version_text("hone-export"));
    if (!options) {
      hone::require_printed();
    } else if (options->checkpoint.empty()) {
      hone::export_merged(*options);
    } else {
      hone::export_checkpoint(*options);
    }
    return hone::ExitCode::kDone;
  });
}
