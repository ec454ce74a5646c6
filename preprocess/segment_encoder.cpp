#include "preprocess/segment_encoder.hpp"

#include <fmt/format.h>

#include <future>
#include <memory>

#include "base/log.hpp"
#include "base/sha256.hpp"
#include "preprocess/block_processor.hpp"
#include "preprocess/ordered_pipeline.hpp"
#include "preprocess/progress.hpp"
#include "preprocess/segment_store.hpp"

namespace hone {

SegmentEncoder::SegmentEncoder(const Encoding& encoding, const PreprocessOptions& options,
                               InputSequence& inputs, const std::vector<Segment>& segments,
                               const WorkFolder& work, const Team& team)
    : encoding_(encoding),
      options_(options),
      inputs_(inputs),
      segments_(segments),
      work_(work),
      slice_(options.slice.value_or(Slice{})),
      rank_{static_cast<std::size_t>(team.rank), static_cast<std::size_t>(team.size)} {}

bool SegmentEncoder::is_mine(std::size_t item) const {
  return slice_.has(item) && rank_.has(item / slice_.count);
}

// An input that is read in pieces has to be read once more for its hash, which goes from its first byte to
// its last.
void SegmentEncoder::hash_inputs() const {
  std::uint32_t last = static_cast<std::uint32_t>(-1);
  for (const Segment& segment : segments_) {
    const std::uint32_t input = segment.file;
    if (segment.whole() || input == last || !is_mine(input) || work_.sha256_of_input(input)) continue;
    last = input;
    work_.keep_sha256(input, sha256_of_file(options_.inputs[input]));
  }
}

void SegmentEncoder::run(int threads) {
  std::vector<std::size_t> wanted;
  std::size_t there = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!is_mine(i)) continue;
    if (work_.has_segment(i)) {
      ++there;
    } else {
      wanted.push_back(i);
    }
  }
  if (there > 0) {
    log::info("going on   {} of {} segments are there already", there, there + wanted.size());
  }
  inputs_.choose(segments_, wanted);
  auto hashing = std::async(std::launch::async, [&] { hash_inputs(); });
  SegmentStore store(work_);
  Progress progress(inputs_.total_bytes());
  run_ordered<LineBlock, BlockResult>(
      threads, [&](LineBlock& block) { return inputs_.next(block); },
      [&]() -> std::function<BlockResult(LineBlock&)> {
        const auto processor = std::make_shared<BlockProcessor>(encoding_.tokenizer, encoding_.chat_template,
                                                                encoding_.frame, options_);
        return [processor](LineBlock& block) { return processor->process(block); };
      },
      [&](const BlockResult& result) {
        store.add(result);
        progress.advance(result.bytes, result.rows.size());
      },
      [](const LineBlock& block) { return block.text.size(); });
  hashing.get();
  progress.finish();
}

}  // namespace hone
