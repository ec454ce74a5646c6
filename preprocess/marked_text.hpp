#pragma once

#include <span>
#include <string>
#include <vector>

#include "dataset/row.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// Tokens in a row that are all targets, or all none.
struct Stretch {
  std::string bytes;  // may begin or end inside a character
  bool target = false;
};

std::vector<Stretch> stretches_of(const TokenizerModel& tokenizer, const Row& row);

/// How targets are told from the rest of a row.
enum class TargetMark { kColour, kBrackets };

/// Colour where standard output is a terminal.
TargetMark mark_for_output();

/// As harmless text, with the targets marked.
std::string marked_text(std::span<const Stretch> stretches, TargetMark mark);

}  // namespace hone
