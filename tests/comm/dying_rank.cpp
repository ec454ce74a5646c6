// The last rank fails as its argument says while the others wait in a collective that can't end.
#include <memory>
#include <stdexcept>
#include <string>

#include "base/program.hpp"
#include "comm/mpi_session.hpp"

int main(int argc, char** argv) {
  const std::string failure = argc > 1 ? argv[1] : "";
  const auto session = std::make_unique<hone::MpiSession>();
  return hone::run_program(
      {"dying_rank"},
      [&] {
        if (session->rank() == session->size() - 1) {
          if (failure == "data") hone::fail_data("part 3 is broken", "its checksum differs", "copy it again");
          if (failure == "usage") hone::fail_usage("--x is wrong", "", "leave it out");
          if (failure == "unknown") throw std::runtime_error("something else");
        }
        session->communicator().all_reduce_scalar(1.0);
        return hone::ExitCode::kDone;
      },
      [&] { return session->place(); }, [&](hone::ExitCode code) { session->abort(code); });
}
