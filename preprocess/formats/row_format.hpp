#pragma once

#include <span>
#include <string>
#include <vector>

#include "preprocess/formats/columns.hpp"

namespace hone {

/// What the rows of an input are.
enum class RowFormat { kMessages, kShareGpt, kAlpaca, kPromptCompletion, kText };

inline constexpr RowFormat kRowFormats[] = {RowFormat::kMessages, RowFormat::kShareGpt, RowFormat::kAlpaca,
                                            RowFormat::kPromptCompletion, RowFormat::kText};

/// messages, sharegpt, alpaca, prompt_completion, text
const char* name_of(RowFormat format);

/// The fields that a row of the format may have, those that tell it from others first.
std::span<const char* const> fields_of(RowFormat format);

/// The formats that a row with these fields may have, the likeliest first: a row that has messages may bring
/// them as text as well.
std::vector<RowFormat> formats_with(const std::vector<std::string>& fields, const Columns& columns);

}  // namespace hone
