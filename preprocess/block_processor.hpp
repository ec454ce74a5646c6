#pragma once

#include <optional>
#include <string>

#include "preprocess/block_result.hpp"
#include "preprocess/line_block.hpp"
#include "preprocess/options.hpp"
#include "preprocess/plain_reader.hpp"
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
  const Conversation* plain_messages(std::string_view text, RowFormat format);
  std::optional<std::string> encode(const Chat& chat, const RejectedLine& place, Row& row);
  std::string named(RejectedLine place) const;
  void finish_row(Row& row, bool empty_answer, RejectedLine place, BlockResult& result);

  const TokenizerModel& tokenizer_;
  const PlainTextFrame& frame_;
  const ChatTemplate& template_;
  const PreprocessOptions& options_;
  std::optional<RowEncoder> built_in_;
  std::optional<TemplateEncoder> programmed_;  // made for the first row that needs it
  PlainTextEncoder plain_text_;
  PlainReader plain_reader_;
  RowReading reading_;
  Row row_;                         // of the plain row at hand, with room for the next one's
  std::uint64_t counted_from_ = 0;  // of the block at hand
  std::uint32_t nth_in_line_ = 0;   // of the row at hand
};

}  // namespace hone
