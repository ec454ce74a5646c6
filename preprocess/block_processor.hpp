#pragma once

#include <optional>
#include <string>

#include "preprocess/block_result.hpp"
#include "preprocess/line_block.hpp"
#include "preprocess/options.hpp"
#include "preprocess/plain_text_encoder.hpp"
#include "preprocess/row_encoder.hpp"
#include "preprocess/template_encoder.hpp"

namespace hone {

/// Parses, renders, encodes and cuts the lines of a block. One for each thread.
class BlockProcessor {
 public:
  /// All must outlive it.
  BlockProcessor(const TokenizerModel& tokenizer, const ChatTemplate& chat_template,
                 const PlainTextFrame& frame, const PreprocessOptions& options);

  BlockResult process(const LineBlock& block);

 private:
  void process_row(std::string_view text, RowFormat format, RejectedLine place, BlockResult& result);
  std::optional<std::string> encode(const Chat& chat, const RejectedLine& place, Row& row);
  std::string named(RejectedLine place) const;
  void finish_row(Row row, const Chat& chat, RejectedLine place, BlockResult& result);

  std::optional<RowEncoder> built_in_;
  std::optional<TemplateEncoder> programmed_;
  PlainTextEncoder plain_;
  const PlainTextFrame& frame_;
  RowReading reading_;
  const ChatTemplate& template_;
  const PreprocessOptions& options_;
  std::uint64_t counted_from_ = 0;  // of the block at hand
};

}  // namespace hone
