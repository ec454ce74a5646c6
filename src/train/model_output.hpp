#pragma once

#include <cstdint>
#include <filesystem>
#include <variant>
#include <vector>

#include "checkpoint/adapter_writer.hpp"
#include "checkpoint/model_writer.hpp"
#include "checkpoint/state_reader.hpp"
#include "comm/communicator.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// What a run's weights are written as for others to load: a Hugging Face model, or a PEFT adapter of what is
/// trained.
using ModelOutput = std::variant<ModelWriter::Options, AdapterWriter::Options>;

/// Bytes of its files: weights, tokenizer and template.
std::int64_t output_bytes(const std::vector<UnitSpec>& table, const ModelOutput& output);

/// Writes the folder one unit at a time and opens it again with this program's own reader. All ranks call it
/// together; rank 0 writes. Throws Error(kRunTimeFailure).
void save_output(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                 const ModelOutput& output);

/// The same files from the masters in a checkpoint's state files, one parameter at a time, by one process
/// alone.
void save_output(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                 const StateReader& state, const ModelOutput& output);

}  // namespace hone
