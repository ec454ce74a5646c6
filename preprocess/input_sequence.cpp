#include "preprocess/input_sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "preprocess/format_recognition.hpp"

namespace hone {

InputSequence::InputSequence(const PreprocessOptions& options) : options_(options) {
  for (std::uint32_t file = 0; file < options.inputs.size(); ++file) look_at(file);
  const bool all_known = std::ranges::find(options.inputs, "-") == options.inputs.end();
  for (const Manifest::Input& input : inputs_) total_bytes_ += all_known ? input.size : 0;
}

void InputSequence::look_at(std::uint32_t file) {
  const std::string& path = options_.inputs[file];
  auto reader = std::make_unique<InputReader>(path, file);
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
  if (path != "-") return;
  standard_input_ = std::move(reader);
  if (any) looked_at_ = std::make_unique<LineBlock>(std::move(block));
}

bool InputSequence::may_be_plain() const {
  return std::ranges::any_of(formats_, [](RowFormat format) {
    return format == RowFormat::kPromptCompletion || format == RowFormat::kText;
  });
}

bool InputSequence::next(LineBlock& block) {
  while (next_ < options_.inputs.size() || reader_) {
    if (!reader_) {
      const std::string& path = options_.inputs[next_];
      reader_ = path == "-" ? std::move(standard_input_) : std::make_unique<InputReader>(path, next_);
      ++next_;
    }
    const bool kept = looked_at_ && looked_at_->file == next_ - 1;
    if (kept) block = std::move(*std::exchange(looked_at_, nullptr));
    if (kept || reader_->next(block)) {
      block.format = formats_[next_ - 1];
      return true;
    }
    inputs_[next_ - 1].size = reader_->file_bytes_read();
    inputs_[next_ - 1].sha256 = reader_->sha256();
    reader_.reset();
  }
  return false;
}

}  // namespace hone
