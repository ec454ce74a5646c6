#include "train/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "comm/cuda_device.hpp"
#include "comm/mpi_session.hpp"
#include "comm/nccl_id.hpp"
#include "comm/nccl_info.hpp"
#include "model/ops/attention.hpp"
#include "optim/loss_scaler.hpp"
#include "train/run_folder.hpp"

namespace hone {
namespace {

void print_device(const RunReport& report) {
  const CudaProperties card = cuda_properties(report.device.index);
  log::info("device     {} on rank 0: {}, {}, compute capability {}.{}", name_of(report.device), card.name,
            human_bytes(static_cast<double>(card.memory_bytes)), card.major, card.minor);
  if (report.ranks > 1) log::info("network    {}", describe(nccl_surroundings(), nccl_library_version()));
  const Sharding& how = report.sharding;
  log::info("precision  computing in {}; masters, moments and reductions in fp32",
            how.compute == at::kBFloat16 ? "bf16"
            : how.compute == at::kHalf   ? "fp16"
                                         : "fp32");
  const std::int64_t head_dim = report.model.config.head_dim;
  if (ops::attention_kernel(how.device, card.major, how.compute, head_dim) == ops::AttentionKernel::kPlain &&
      report.rank == 0) {
    log::warn(
        "attention is computed by plain products, whose memory grows with the square of a row's length: "
        "flash attention takes --bf16 or --fp16, compute capability 8.0 or later and a head_dim that is a "
        "multiple of 8, at most 256 (it is {})",
        head_dim);
  }
}

void print_model(const RunReport& report) {
  log::info("model      {} {}, {} parameters, {}", report.config.model.model_name_or_path,
            report.model.config.architecture, human_count(parameter_count(report.model.base)),
            describe_trained(report.model));
  if (report.model.quantised()) {
    log::info(
        "quantised  {} parameters in 4 bits with double quantisation; embeddings, head and norms are not",
        human_count(parameter_count(report.model.table, WeightRole::kQuantised)));
  }
}

void print_work(const RunReport& report) {
  const Manifest::Counts& counts = report.dataset.manifest().counts;
  log::info("data       {}: {} rows, {} tokens, {} targets", report.config.data.data_path,
            human_count(static_cast<std::int64_t>(report.dataset.rows())),
            human_count(static_cast<std::int64_t>(counts.tokens)),
            human_count(static_cast<std::int64_t>(counts.targets)));
  log::info("batch      {} = {} ranks x {} rows x {} accumulation", report.planner.global_batch(),
            report.ranks, report.config.batch.per_device_train_batch_size,
            report.config.batch.gradient_accumulation_steps);
  log::info("steps      {} ({} an epoch), {} of them warm-up, {} to {:g}", report.total_steps,
            report.planner.steps_in_epoch(0), report.warmup_steps, report.config.schedule.lr_scheduler_type,
            report.config.schedule.learning_rate);
}

void print_precision(const RunReport& report) {
  const PrecisionOptions& precision = report.config.precision;
  if ((precision.bf16 || precision.fp16) && !report.device.is_cuda())
    log::info("precision  {} for storage and gathers; computing in fp32, this CPU's faster format",
              precision.bf16 ? "bf16" : "fp16");
  if (!precision.fp16) return;
  const LossScaleOptions& scale = precision.loss_scale;
  log::info(
      "loss scale {:g}{}", LossScaler(scale).scale(),
      scale.fixed > 0
          ? ", fixed"
          : fmt::format(", doubled after {} steps without overflow, halved by {}, down to {:g}", scale.window,
                        scale.hysteresis == 1 ? "each" : fmt::format("the {}th", scale.hysteresis),
                        scale.minimum));
}

// Threads run on the cores that their ranks may run on alone, however many --threads asks for.
void warn_of_idle_cores(const RunReport& report) {
  const auto& ranks = report.cores_of_ranks;
  const CoreSet usable = usable_cores(ranks, host_cores());
  CoreSet reached;
  int threads = 0;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    reached |= ranks[rank];
    threads += report.config.run.threads > 0 ? report.config.run.threads : compute_threads(ranks, rank);
  }
  const auto cores = static_cast<int>(usable.count()), bound = static_cast<int>(reached.count());
  if (std::min(threads, bound) >= cores) return;
  log::warn("{} of {} cores on {} will idle; {}", cores - std::min(threads, bound), cores, report.host,
            bound < cores ? "start with `mpirun --bind-to none`" : "set --threads, or start more ranks");
}

}  // namespace

void print_plan(const RunReport& report) {
  const TrainConfig& config = report.config;
  log::info("hone-train {} ({})", kVersion, kGitHash);
  log::info("job        {}; {} thread{} each, device {}, ZeRO stage {}{}", describe(report.hosts),
            report.threads, report.threads == 1 ? "" : "s", report.device.is_cuda() ? "cuda" : "cpu",
            config.zero.zero_stage,
            config.precision.bf16   ? ", bf16 storage"
            : config.precision.fp16 ? ", fp16 storage"
                                    : "");
  if (report.device.is_cuda()) print_device(report);
  print_model(report);
  print_work(report);
  log::info("memory     {} a rank (estimate){}", human_bytes(report.memory.computing),
            report.memory.beside > 0
                ? fmt::format(", and {} of host memory", human_bytes(report.memory.beside))
                : "");
  print_precision(report);
  if (report.rank == 0 && !report.device.is_cuda()) warn_of_idle_cores(report);
  announce_checkpoints(config.save, report.checkpoint, report.rank);
}

void write_run_json(const RunReport& report, const std::string& command_line) {
  OrderedJson host_list = OrderedJson::array();
  for (const Host& host : report.hosts) host_list.push_back({{"host", host.name}, {"ranks", host.ranks}});
  OrderedJson json = {{"program", fmt::format("hone-train {} ({})", kVersion, kGitHash)},
                      {"mpi", mpi_library_version()},
                      {"command_line", command_line},
                      {"ranks", report.ranks},
                      {"hosts", host_list},
                      {"device", report.device.is_cuda() ? cuda_properties(report.device.index).name : "cpu"},
                      {"threads_per_rank", report.threads},
                      {"total_steps", report.total_steps},
                      {"config", to_json(report.config)}};
  if (!report.config.zero.deepspeed.empty()) json["deepspeed"] = deepspeed_settings(report.config);
  write_file_atomically(std::filesystem::path(report.config.save.output_dir) / kRunFile, json.dump(2) + "\n");
}

}  // namespace hone
