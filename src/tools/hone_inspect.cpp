#include "base/program.hpp"
#include "tools/inspect_checkpoint.hpp"
#include "tools/inspect_dataset.hpp"
#include "tools/inspect_options.hpp"
#include "tools/inspect_safetensors.hpp"
#include "tools/version_text.hpp"

int main(int argc, char** argv) {
  return hone::run_program({"hone-inspect"}, [&] {
    const auto options = hone::parse_inspect_command_line(argc, argv, hone::version_text("hone-inspect"));
    hone::ExitCode code = hone::ExitCode::kDone;
    if (options) {
      switch (options->subject) {
        case hone::InspectSubject::kDataset: code = hone::inspect_dataset(*options); break;
        case hone::InspectSubject::kSafetensors: hone::inspect_safetensors(*options); break;
        case hone::InspectSubject::kCheckpoint: hone::inspect_checkpoint(*options); break;
      }
    }
    hone::require_printed();
    return code;
  });
}
