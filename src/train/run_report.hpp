#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/cores.hpp"
#include "comm/device.hpp"
#include "comm/hosts.hpp"
#include "dataset/dataset.hpp"
#include "dataset/step_planner.hpp"
#include "train/checkpoint_size.hpp"
#include "train/config/config.hpp"
#include "train/model_plan.hpp"
#include "train/run_memory.hpp"
#include "zero/stage.hpp"

namespace hone {

/// What is known of a run before it trains: what the head of its log and run.json tell. References must
/// outlive it.
struct RunReport {
  const TrainConfig& config;
  const ModelPlan& model;
  const Dataset& dataset;
  const StepPlanner& planner;
  const std::vector<Host>& hosts;
  Device device;
  Sharding sharding;
  int rank = 0, ranks = 1;
  std::string host;                         // this rank's
  std::span<const CoreSet> cores_of_ranks;  // on that host
  int threads = 1;                          // of each rank
  std::int64_t total_steps = 0, warmup_steps = 0;
  RunMemory memory;
  CheckpointSize checkpoint;
};

/// What is about to happen, once: ranks, threads, data, steps, parameters, memory, checkpoints. Every rank
/// calls it; rank 0 prints.
void print_plan(const RunReport& report);

/// Writes output_dir/run.json. Rank 0 calls it. Throws Error(kRunTimeFailure).
void write_run_json(const RunReport& report, const std::string& command_line);

}  // namespace hone
