#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "base/program.hpp"
#include "comm/failure_turn.hpp"
#include "comm/mpi_session.hpp"
#include "preprocess/preprocess.hpp"
#include "tools/version_text.hpp"

int main(int argc, char** argv) {
  using namespace hone;
  // Outlives the code that may throw: a failure must end the job before anything waits for peers.
  std::unique_ptr<MpiSession> session;
  const auto place = [&] { return session ? session->place() : std::string(); };
  const auto end = [&](ExitCode code) {
    if (session && session->size() > 1) {
      session->abort(code);
      std::_Exit(static_cast<int>(code));
    }
  };
  const auto body = [&] {
    auto options = parse_preprocess_command_line(argc, argv, version_text("hone-preprocess"));
    if (!options) {
      require_printed();
      return ExitCode::kDone;
    }
    session = std::make_unique<MpiSession>();
    log::set_quiet(session->rank() != 0);
    if (options->threads == 0) options->threads = session->compute_threads();
    return preprocess(*options,
                      {session->rank(), session->size(), [&] { session->communicator().barrier(); }});
  };
  return run_program(
      {"hone-preprocess", "lower --threads, or leave out --deduplicate, --shuffle_seed or the longest rows"},
      body, place, end, wait_for_first_rank);
}
