#include "preprocess/input_sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/log.hpp"
#include "base/output_name.hpp"
#include "preprocess/format_recognition.hpp"

namespace hone {
namespace {

// It may be meant, but a pattern that matches a file that is named too looks the same.
void warn_of_repeated(const std::vector<std::string>& inputs) {
  std::map<std::filesystem::path, std::size_t> times;
  for (const std::string& input : inputs) {
    if (input != "-" && ++times[canonical_path(input)] == 2)
      log::warn("--input {} is given more than once: its rows are taken each time", input);
  }
}

}  // namespace

InputSequence::InputSequence(const PreprocessOptions& options) : options_(options) {
  for (std::uint32_t file = 0; file < options.inputs.size(); ++file) look_at(file);
  warn_of_repeated(options.inputs);
}

void InputSequence::look_at(std::uint32_t file) {
  const std::string& path = options_.inputs[file];
  auto reader = std::make_unique<InputReader>(path, file, Look::kFirst);
  LineBlock block;
  const bool any = !options_.format && reader->next(block);
  const KnownFormat known = options_.format ? KnownFormat{*options_.format, "--format"}
                            : any           ? recognise_format(block, path, options_.columns)
                                            : KnownFormat{RowFormat::kMessages, "it is empty"};
  const double weight = options_.weights.of(file);
  log::info("input      {}: format {} ({}){}", path, name_of(known.format), known.how,
            weight == 1 ? "" : fmt::format(", weight {}", weight));
  formats_.push_back(known.format);
  inputs_.push_back({path, reader->file_size().value_or(0), "", name_of(known.format), weight});
  can_be_cut_.push_back(reader->can_be_cut());
  if (path != "-") return;
  standard_input_ = std::move(reader);
  if (any) looked_at_ = std::make_unique<LineBlock>(std::move(block));
}

bool InputSequence::may_be_plain() const {
  return std::ranges::any_of(formats_, [](RowFormat format) {
    return format == RowFormat::kPromptCompletion || format == RowFormat::kText;
  });
}

std::vector<Segment> InputSequence::segments(std::uint64_t bytes) const {
  std::vector<Segment> segments;
  for (std::uint32_t file = 0; file < inputs_.size(); ++file) {
    const std::uint64_t size = inputs_[file].size;
    if (!can_be_cut_[file] || size <= bytes) {
      segments.push_back({file});
      continue;
    }
    for (std::uint64_t begin = 0; begin < size; begin += bytes)
      segments.push_back({file, begin, std::min(size, begin + bytes)});
  }
  return segments;
}

void InputSequence::choose(const std::vector<Segment>& segments, const std::vector<std::size_t>& wanted) {
  chosen_.clear();
  for (const std::size_t index : wanted) chosen_.push_back({index, segments[index]});
  next_ = 0;
}

std::uint64_t InputSequence::total_bytes() const {
  std::uint64_t bytes = 0;
  for (const Chosen& chosen : chosen_) {
    const Segment& segment = chosen.segment;
    if (options_.inputs[segment.file] == "-") return 0;
    bytes += segment.whole() ? inputs_[segment.file].size : segment.end - segment.begin;
  }
  return bytes;
}

void InputSequence::open(const Segment& segment) {
  const std::string& path = options_.inputs[segment.file];
  if (!segment.whole()) {
    part_ = std::make_unique<LineRangeReader>(path, segment);
  } else {
    whole_ = path == "-" ? std::move(standard_input_)
                         : std::make_unique<InputReader>(path, segment.file, Look::kLater);
  }
}

bool InputSequence::read(LineBlock& block) {
  if (part_) return part_->next(block);
  if (!looked_at_ || looked_at_->file != chosen_[next_].segment.file) return whole_->next(block);
  block = std::move(*std::exchange(looked_at_, nullptr));
  return true;
}

void InputSequence::end_segment(LineBlock& block) {
  block = {};
  block.file = chosen_[next_].segment.file;
  block.ends_segment = true;
  if (whole_) {
    block.input_bytes = whole_->file_bytes_read();
    block.input_sha256 = whole_->sha256();
  }
  whole_.reset();
  part_.reset();
}

bool InputSequence::next(LineBlock& block) {
  if (next_ == chosen_.size()) return false;
  if (!whole_ && !part_) open(chosen_[next_].segment);
  const bool more = read(block);
  if (!more) end_segment(block);
  block.segment = chosen_[next_].index;
  block.format = formats_[block.file];
  next_ += more ? 0 : 1;
  return true;
}

}  // namespace hone
