#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "preprocess/line_reader.hpp"
#include "preprocess/options.hpp"
#include "preprocess/plain_reader.hpp"
#include "preprocess/row_encoder.hpp"
#include "preprocess/template_encoder.hpp"

namespace hone {

struct RejectedLine {
  std::uint32_t file = 0;
  std::uint64_t line = 0, byte = 0;  // line from 1; byte offset of the line in its file
  std::string reason;
};

/// What a block of lines became.
struct BlockResult {
  std::vector<Row> rows;
  std::vector<RejectedLine> bad;       // lines that hold no usable conversation
  std::vector<RejectedLine> overlong;  // only under --overlong error
  std::map<std::string, std::uint64_t> dropped;
  std::map<std::string, RejectedLine> first_dropped;  // an example of each reason
  std::uint64_t truncated = 0, empty_answers = 0, blank_lines = 0, bytes = 0;
  std::uint64_t max_id = 0;
  bool told_time = false;  // a template wrote the time of the run
};

/// Parses, renders, encodes and cuts the lines of a block. One for each thread.
class BlockProcessor {
 public:
  BlockProcessor(const TokenizerModel& tokenizer, const ChatTemplate& chat_template,
                 const PreprocessOptions& options);

  BlockResult process(const LineBlock& block);

 private:
  void process_line(std::string_view line, RejectedLine place, BlockResult& result);
  const Conversation* plain_line(std::string_view line);
  std::optional<std::string> encode(const Chat& chat, const RejectedLine& place, Row& row);
  void finish_row(Row& row, bool empty_answer, RejectedLine place, BlockResult& result);

  const TokenizerModel& tokenizer_;
  const ChatTemplate& template_;
  const PreprocessOptions& options_;
  std::optional<RowEncoder> built_in_;
  std::optional<TemplateEncoder> programmed_;  // made for the first line that needs it
  PlainReader plain_;
  Row row_;  // of the line at hand, with room for the next one's
};

}  // namespace hone
