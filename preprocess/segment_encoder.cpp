#include "preprocess/segment_encoder.hpp"

#include <fmt/format.h>

#include <future>
#include <memory>

#include "base/log.hpp"
#include "base/read_again.hpp"
#include "base/sha256.hpp"
#include "preprocess/block_processor.hpp"
#include "preprocess/ordered_pipeline.hpp"
#include "preprocess/progress.hpp"
#include "preprocess/segment_store.hpp"

namespace hone {
namespace {

struct StopsAtEnd {
  std::atomic<bool>& flag;
  ~StopsAtEnd() { flag = true; }
};

}  // namespace

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
void SegmentEncoder::hash_inputs(const std::atomic<bool>& stop) const {
  std::uint32_t last = static_cast<std::uint32_t>(-1);
  for (const Segment& segment : segments_) {
    const std::uint32_t input = segment.file;
    if (segment.whole() || input == last || !is_mine(input) || work_.sha256_of_input(input)) continue;
    last = input;
    const auto sha256 =
        read_again([&] { return sha256_of_file_while(options_.inputs[input], [&] { return !stop; }); });
    if (!sha256) return;
    work_.keep_sha256(input, *sha256);
  }
}

std::vector<std::size_t> SegmentEncoder::missing_segments() const {
  std::vector<std::size_t> missing;
  std::size_t there = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!is_mine(i)) continue;
    if (work_.has_segment(i)) {
      ++there;
    } else {
      missing.push_back(i);
    }
  }
  if (there > 0) log::info("going on   {} of {} segments are there already", there, there + missing.size());
  return missing;
}

void SegmentEncoder::run(int threads, const Take* take) {
  const std::vector<std::size_t> missing = missing_segments();
  inputs_.choose(segments_, missing);
  std::atomic<bool> stop = false;
  auto hashing = std::async(std::launch::async, [&] { hash_inputs(stop); });
  const StopsAtEnd stops{stop};  // who fails need not wait until a large input is hashed
  SegmentStore store(work_,
                     take == nullptr ? SegmentStore::Reader::kThisRun : SegmentStore::Reader::kLaterRun);
  Progress progress(inputs_.total_bytes());
  std::size_t taken = 0;  // segments
  const auto hand_on = [&](BlockResult& result) {
    if (!result.bad.empty() || !result.overlong.empty()) progress.clear_line();
    (*take)(result);
    if (result.ends_segment) ++taken;
  };
  const auto hand_on_those_before = [&](std::size_t segment) {
    if (take != nullptr) read_segments(work_, taken, segment, hand_on);
  };
  run_ordered<LineBlock, BlockResult>(
      threads, [&](LineBlock& block) { return inputs_.next(block); },
      [&]() -> std::function<BlockResult(LineBlock&)> {
        const auto processor = std::make_shared<BlockProcessor>(encoding_.tokenizer, encoding_.chat_template,
                                                                encoding_.frame, options_);
        return [processor](LineBlock& block) { return processor->process(block); };
      },
      [&](BlockResult result) {
        hand_on_those_before(result.segment);
        store.add(result);
        progress.advance(result.bytes, result.rows.size());
        if (take != nullptr) hand_on(result);
      },
      [](const LineBlock& block) { return block.text.size(); });
  hand_on_those_before(segments_.size());
  hashing.get();
  store.wait();
  progress.finish();
}

}  // namespace hone
