#include "train/checkpoint_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "checkpoint/state_range.hpp"
#include "zero/shard_layout.hpp"

namespace hone {
namespace {

std::int64_t free_bytes(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  return error ? -1 : static_cast<std::int64_t>(space.available);
}

// The folder itself, or the nearest one above it that is there.
std::filesystem::path existing_part(std::filesystem::path folder) {
  folder = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(folder) && folder != folder.parent_path()) folder = folder.parent_path();
  return folder;
}

std::string shown_size(std::int64_t bytes) { return human_bytes(static_cast<double>(bytes)); }

}  // namespace

CheckpointSize checkpoint_size(const std::vector<UnitSpec>& table, int ranks,
                               const std::optional<ModelOutput>& output) {
  std::int64_t ranges = 0, largest = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    std::int64_t elements = 0;
    for (const UnitSpec& unit : table) {
      const UnitSpec trained = with_role(unit, WeightRole::kTrained);
      for (const ShardSlice& slice : ShardLayout(trained, ranks).slices(rank)) {
        elements += slice.count;
        ++ranges;
      }
    }
    largest = std::max(largest, elements);
  }
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(float) * kStateKinds.size());
  const std::int64_t for_others = output ? output_bytes(table, *output) : 0;
  return {state_bytes(parameter_count(table, WeightRole::kTrained), ranges) + for_others, largest * kBytes};
}

void announce_checkpoints(const SaveOptions& save, const CheckpointSize& size, int rank) {
  if (save.save_strategy == Interval::kNo) {
    log::info("checkpoint none (--save_strategy no) unless the run is stopped or asked for one: then {}",
              shown_size(size.on_disk));
  } else {
    const std::string when =
        save.save_strategy == Interval::kEpoch
            ? std::string("every epoch")
            : fmt::format("every {} step{}", save.save_steps, save.save_steps == 1 ? "" : "s");
    const std::string kept = save.save_total_limit > 0
                                 ? fmt::format("{} of them (and the best one) kept", save.save_total_limit)
                                 : std::string("all kept");
    log::info("checkpoint {}, {} each, {}", when, shown_size(size.on_disk), kept);
  }
  if (rank != 0 || save.output_dir.empty()) return;
  const std::int64_t available = free_bytes(existing_part(save.output_dir));
  if (available >= 0 && available < size.on_disk) {
    log::warn("no room for a checkpoint in {}: it needs {}, {} are free", save.output_dir,
              shown_size(size.on_disk), shown_size(available));
  }
}

void require_room(const std::filesystem::path& output, const CheckpointSize& size, Communicator& comm) {
  double available = comm.rank() == 0 ? static_cast<double>(free_bytes(output)) : 0;
  available = comm.all_reduce_scalar(available);
  if (available < 0 || available >= static_cast<double>(size.on_disk)) return;
  fail_run(fmt::format("no room for a checkpoint in {}", output.string()),
           fmt::format("it needs {}, {} are free", shown_size(size.on_disk), human_bytes(available)),
           "earlier checkpoints are whole; free some space and start again");
}

}  // namespace hone
