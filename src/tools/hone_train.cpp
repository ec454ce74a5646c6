#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "base/host_memory.hpp"
#include "base/log.hpp"
#include "base/program.hpp"
#include "comm/device_communicator.hpp"
#include "comm/failure_turn.hpp"
#include "comm/mpi_session.hpp"
#include "comm/take_device.hpp"
#include "model/ops/linear_cpu.hpp"
#include "tools/version_text.hpp"
#include "train/config/command_line.hpp"
#include "train/device_memory.hpp"
#include "train/input_check.hpp"
#include "train/stop_signals.hpp"
#include "train/training_run.hpp"

namespace hone {
namespace {

std::string joined(int argc, char** argv) {
  std::string line = argv[0];
  for (int i = 1; i < argc; ++i) line += fmt::format(" {}", argv[i]);
  return line;
}

// What a stall must free before the job ends; read by the watchdog's thread.
std::atomic<Communicator*> on_device = nullptr;

// What a device can't do is refused: falling back quietly would train something else.
void require_able(const Device& device, const TrainConfig& config) {
  const ZeroOptions& zero = config.zero;
  if (!device.is_cuda()) {
    if (zero.offload_optimizer || zero.offload_param)
      log::info("{}: offloading has no effect on a CPU, where all memory is the host's", zero.deepspeed);
    return;
  }
  validate_for_cuda(config);
  if (!config.precision.bf16) return;
  const CudaProperties card = cuda_properties(device.index);
  if (card.has_bfloat16()) return;
  fail_usage(fmt::format("--bf16 on {}", card.name),
             fmt::format("its compute capability {}.{} has no bf16", card.major, card.minor),
             "say --fp16 instead, leave both out (fp32), or say --device cpu");
}

ExitCode train(const TrainRequest& request, const std::string& command_line, MpiSession& session,
               TrainingRun::Clock::time_point launch, std::unique_ptr<Communicator>& device_comm,
               std::unique_ptr<TrainingRun>& run, std::int64_t& step,
               const std::function<void(const Error&)>& on_stall) {
  log::set_quiet(session.rank() != 0);
  keep_freed_memory();
  validate_for_ranks(request.config, session.size());
  session.watch(std::chrono::seconds(request.config.run.comm_timeout_seconds), on_stall);
  require_reachable_folders(request.config);
  for (const std::string& notice : request.notices) log::info("{}", notice);
  const Device device = take_device(request.config.run.device, session);
  require_able(device, request.config);
  device_comm =
      make_device_communicator(device, session.communicator(), request.config.zero.offload_param, on_stall);
  on_device = device_comm.get();
  run = std::make_unique<TrainingRun>(
      request.config, session, device_comm ? *device_comm : session.communicator(), device, launch, step);
  run->print_plan();
  if (!request.config.run.dry_run) {
    const ExitCode code = run->train(command_line);
    run.reset();
    on_device = nullptr;
    return code;
  }
  run->check_start();
  run.reset();
  on_device = nullptr;
  log::info("dry run: nothing was trained or written");
  return ExitCode::kDone;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  using namespace hone;
  const auto launch = TrainingRun::Clock::now();
  ops::limit_kernel_caches();
  // Outlives the code that may throw: a failure must end the job before anything waits for peers.
  std::unique_ptr<MpiSession> session;
  std::unique_ptr<Communicator> device_comm;
  std::unique_ptr<TrainingRun> run;  // its buffers too: a collective may be under way in them
  std::int64_t step = 0;             // read by the watchdog's thread too
  const auto place = [&]() -> std::string {
    if (!session) return "";
    const std::int64_t now = std::atomic_ref(step).load();
    const std::string ranks =
        session->size() > 1 ? fmt::format("rank {}/{} ", session->rank(), session->size()) : "";
    return now > 0 || !ranks.empty() ? fmt::format("[{}host {}{}]", ranks, session->host(),
                                                   now > 0 ? fmt::format(" step {}", now) : "")
                                     : "";
  };
  const auto end = [&](ExitCode code) {
    if (session) session->abort(code);
    std::_Exit(static_cast<int>(code));  // other threads may still be inside MPI
  };
  // The line first: what an abort frees may make other threads fail.
  const auto on_stall = [&](const Error& error) {
    end_program("hone-train", error.code(), error.what(), place, [&](ExitCode code) {
      if (Communicator* const comm = on_device.load()) comm->abort();
      end(code);
    });
  };
  const auto body = [&]() -> ExitCode {
    const TrainCommand command = parse_train_command_line(argc, argv);
    if (const auto* help = std::get_if<HelpRequest>(&command)) {
      fmt::print("{}", help->text);
    } else if (std::holds_alternative<VersionRequest>(command)) {
      fmt::print("{}", version_text("hone-train"));
    } else if (const auto* print = std::get_if<PrintConfigRequest>(&command)) {
      fmt::print("{}\n", to_json(print->config).dump(2));
    } else {
      const auto& request = std::get<TrainRequest>(command);
      if (!request.config.run.dry_run) catch_stop_signals();
      session = std::make_unique<MpiSession>();
      ExitCode code = ExitCode::kDone;
      explain_full_device([&] {
        code = train(request, joined(argc, argv), *session, launch, device_comm, run, step, on_stall);
      });
      return code;
    }
    require_printed();
    return ExitCode::kDone;
  };
  return run_program({"hone-train", "lower the batch size or the maximal length, or use more ranks"}, body,
                     place, end, wait_for_first_rank);
}
