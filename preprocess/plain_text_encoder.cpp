#include "preprocess/plain_text_encoder.hpp"

#include "preprocess/thinking.hpp"

namespace hone {

void PlainTextEncoder::encode(const Chat& chat, Row& row) {
  const bool all = loss_ == LossPolicy::kAll;
  const std::vector<bool> learnt = learnt_answers(chat, loss_);
  row.ids = frame_.before;
  row.loss_mask.assign(row.ids.size(), all ? 1 : 0);
  for (std::size_t i = 0; i < chat.messages.size(); ++i) {
    const auto& text = chat.messages[i]["content"].get_ref<const std::string&>();
    tokenizer_.encode(text, AddedTokenPolicy::kAll, row.ids);
    row.loss_mask.resize(row.ids.size(), all || learnt[i] ? 1 : 0);
  }
  if (row.ids.empty() || row.ids.back() != *frame_.end) row.ids.push_back(*frame_.end);
  for (const std::uint32_t id : frame_.after) {
    if (id != row.ids.back()) row.ids.push_back(id);
  }
  row.loss_mask.resize(row.ids.size(), all || learnt.back() ? 1 : 0);
  row.loss_mask.front() = 0;  // nothing stands before it that could predict it
}

}  // namespace hone
