#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <variant>
#include <vector>

#include "checkpoint/adapter_writer.hpp"
#include "checkpoint/model_writer.hpp"
#include "checkpoint/state_reader.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// What a run's weights are written as for others to load: a Hugging Face model, or a PEFT adapter of what is
/// trained.
using ModelOutput = std::variant<ModelWriter::Options, AdapterWriter::Options>;

WeightFormats formats_of(const ModelOutput& output);

/// What is trained, in the order in which it is saved and UnitStore::visit_parameters() hands it out.
std::vector<WeightPart> saved_parameters(const std::vector<UnitSpec>& table);

/// Bytes of its files: weights, tokenizer and template.
std::int64_t output_bytes(const std::vector<UnitSpec>& table, const ModelOutput& output);

using AppendParameter = std::function<void(const WeightPart&, const float* values)>;
/// Hands every saved parameter over, in order, whole and row-major.
using FeedOutput = std::function<void(const AppendParameter& append)>;

/// Writes the folder and opens it again with this program's own reader, which throws when anything is missing
/// or misshapen. Throws Error(kRunTimeFailure).
void write_output(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                  const ModelOutput& output, const FeedOutput& feed);

/// Looks at a parameter before it is written as `format`.
using CheckParameter =
    std::function<void(const WeightPart&, FloatFormat format, const std::vector<float>& values)>;

/// The same from the masters in a checkpoint's state files, one parameter at a time.
void write_output(const std::filesystem::path& folder, const std::vector<UnitSpec>& table,
                  const StateReader& state, const ModelOutput& output, const CheckParameter& check);

}  // namespace hone
