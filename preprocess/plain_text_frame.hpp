#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// The ids around a text that no template renders: those that the tokenizer itself adds (a BOS token, where
/// it has one), and the end token behind it.
struct PlainTextFrame {
  std::vector<std::uint32_t> before, after;  // of the tokenizer's post-processor
  std::optional<std::uint32_t> end;          // `eos_token`
  std::string fault;                         // why there is no such frame; "" where there is
};

/// Of a tokenizer folder. Throws Error(kData) for files that are no JSON.
PlainTextFrame plain_text_frame(const std::filesystem::path& folder, const TokenizerModel& tokenizer);

}  // namespace hone
