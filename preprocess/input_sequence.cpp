#include "preprocess/input_sequence.hpp"

namespace hone {

InputSequence::InputSequence(const std::vector<std::string>& paths) : paths_(paths) {
  for (const std::string& path : paths) {
    const LineReader checked(path, 0);
    inputs_.push_back({path, checked.size(), ""});
    total_bytes_ += checked.size();
  }
}

bool InputSequence::next(LineBlock& block) {
  while (next_ < paths_.size() || reader_) {
    if (!reader_) {
      reader_ = std::make_unique<LineReader>(paths_[next_], static_cast<std::uint32_t>(next_));
      ++next_;
    }
    if (reader_->next(block)) return true;
    inputs_[next_ - 1].sha256 = reader_->sha256();
    reader_.reset();
  }
  return false;
}

}  // namespace hone
