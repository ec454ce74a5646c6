#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "preprocess/line_block.hpp"
#include "preprocess/options.hpp"
#include "preprocess/plain_text_encoder.hpp"
#include "preprocess/rejected_line.hpp"
#include "preprocess/row_encoder.hpp"
#include "preprocess/template_encoder.hpp"
#include "preprocess/unknown_keys.hpp"

namespace hone {

/// What a block of lines became.
struct BlockResult {
  std::vector<Row> rows;
  std::vector<RejectedLine> bad;       // lines that hold no usable conversation
  std::vector<RejectedLine> overlong;  // only under --overlong error
  std::map<std::string, std::uint64_t> dropped;
  std::map<std::string, RejectedLine> first_dropped;  // an example of each reason
  std::uint64_t truncated = 0, empty_answers = 0, blank_lines = 0, bytes = 0;
  std::uint64_t max_id = 0;
  UnknownKeys unknown_keys;
  bool told_time = false;  // a template wrote the time of the run
};

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
  void finish_row(Row row, const Chat& chat, RejectedLine place, BlockResult& result);

  std::optional<RowEncoder> built_in_;
  std::optional<TemplateEncoder> programmed_;
  PlainTextEncoder plain_;
  const PlainTextFrame& frame_;
  RowReading reading_;
  const ChatTemplate& template_;
  const PreprocessOptions& options_;
};

}  // namespace hone
