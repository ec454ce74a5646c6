#pragma once

#include <cstdint>
#include <filesystem>

#include "checkpoint/adapter_writer.hpp"
#include "checkpoint/float_format.hpp"
#include "comm/communicator.hpp"
#include "zero/unit_store.hpp"

namespace hone {

struct ModelOutputOptions {
  std::filesystem::path base;  // model folder the run started from
  FloatFormat format = FloatFormat::kBFloat16;
  std::int64_t max_shard_bytes = 0;
  std::int64_t turn_end_id = -1;  // what ends a turn in the training data; -1: unknown
};

/// Writes the model as a Hugging Face folder, one unit at a time, and opens it again with this program's own
/// reader. All ranks call it together; rank 0 writes.
void save_model(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                const ModelOutputOptions& options);

/// Writes what is trained as a PEFT adapter folder and opens it again. All ranks call it together; rank 0
/// writes.
void save_adapter(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                  const AdapterWriter::Options& options);

}  // namespace hone
