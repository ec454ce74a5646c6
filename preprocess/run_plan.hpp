#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "dataset/manifest.hpp"
#include "preprocess/options.hpp"

namespace hone {

/// All that the encoded segments of a run depend on, by names that a message can give: options, the program,
/// the files of the tokenizer by SHA-256, the inputs in their order by path, size and time of change.
/// Standard input is another one every time.
/// An input's entry is input_key() of its index.
OrderedJson run_plan(const PreprocessOptions& options, std::uint64_t segment_bytes);

/// "input 1" of index 0.
std::string input_key(std::size_t index);

/// "NAME changed from VALUE to VALUE" for the first of what differs; empty where nothing does.
std::string plan_difference(const OrderedJson& before, const OrderedJson& now);

/// Bytes of an input that are encoded and kept as a whole.
std::uint64_t segment_bytes(const PreprocessOptions& options, const std::vector<Manifest::Input>& inputs);

}  // namespace hone
