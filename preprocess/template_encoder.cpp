#include "preprocess/template_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/message_check.hpp"
#include "preprocess/text_comparison.hpp"
#include "preprocess/thinking.hpp"

namespace hone {
namespace {

bool is_text(const OrderedJson& message) {
  const auto content = message.find("content");
  return content != message.end() && content->is_string() && !says_nothing(message);
}

}  // namespace

TemplateEncoder::TemplateEncoder(const TokenizerModel& tokenizer, const ChatTemplate& chat_template,
                                 LossPolicy loss)
    : loss_(loss), tokenizer_(tokenizer), renderer_(chat_template), finder_(tokenizer, renderer_) {}

// The first question or answer that is a string and of which nothing is rendered, whatever it says: templates
// that go through parts find none in a string. (Of thinking alone a template may rightly write nothing.)
std::optional<std::size_t> TemplateEncoder::unheard_text(const Chat& chat, const jinja::Text& whole) const {
  for (std::size_t i = 0; i < chat.messages.size(); ++i) {
    const bool asked = chat.is_answer(i) || chat.messages[i]["role"] == "user";
    if (!asked || !is_text(chat.messages[i]) || extent_of(whole, i).begin != kNowhere) continue;
    if (renderer_.render_with_probe(chat.messages.size(), i).text.bytes() == whole.bytes()) return i;
  }
  return std::nullopt;
}

// The first answer whose place decides what is learnt and isn't known. Generation blocks may leave an answer
// out, unless one of them is no answer's.
std::optional<std::size_t> TemplateEncoder::lost_answer(const Chat& chat, const std::vector<bool>& trained,
                                                        const std::vector<AnswerSpan>& answers) const {
  const bool chosen =
      loss_ != LossPolicy::kAll && renderer_.has_generation_blocks() &&
      std::ranges::none_of(answers, [](const AnswerSpan& answer) { return answer.message == kNowhere; });
  for (std::size_t i = 0; i < trained.size(); ++i) {
    const bool differs = chat.is_answer(i) && trained[i] != (loss_ == LossPolicy::kAll);
    const bool found = std::ranges::any_of(answers, [&](const AnswerSpan& answer) {
      return answer.message == i && (answer.text.begin < answer.text.end || says_nothing(chat.messages[i]));
    });
    const bool left_out = chosen && std::ranges::none_of(answers, [&](const AnswerSpan& answer) {
                            return answer.message == i;
                          });
    if (differs && !found && !left_out) return i;
  }
  return std::nullopt;
}

std::optional<std::string> TemplateEncoder::encode(const Chat& chat, Row& row) {
  row.ids.clear();
  row.loss_mask.clear();
  jinja::Rendered whole;
  std::vector<AnswerSpan> answers;
  try {
    renderer_.open(chat);
    whole = renderer_.render(chat.messages.size(), ConversationRenderer::Ending::kAsGiven);
    if (const auto message = unheard_text(chat, whole.text)) {
      return fmt::format(
          "messages[{}]: the template writes nothing of this text; it may take parts alone "
          "([{{\"type\": \"text\", \"text\": ...}}])",
          *message);
    }
    answers = finder_.find(chat, whole);
  } catch (const jinja::TemplateError& error) {
    if (error.kind() == jinja::TemplateError::Kind::kLimit) throw;
    return error.with_place();
  } catch (const jinja::Fault& fault) {  // of the line's JSON
    return fault.what();
  }
  told_time_ = told_time_ || whole.told_time;
  const std::vector<bool> trained = learnt_answers(chat, loss_);
  if (const auto lost = lost_answer(chat, trained, answers)) {
    return fmt::format(
        "messages[{}]: where this answer begins and ends can't be told from what the template renders",
        *lost);
  }
  std::erase_if(answers, [](const AnswerSpan& answer) { return answer.message == kNowhere; });
  const bool all = loss_ == LossPolicy::kAll;
  std::size_t done = 0;
  for (const AnswerSpan& answer : answers) {
    const std::size_t begin = std::max(answer.text.begin, done), end = std::max(answer.text.end, begin);
    encode_piece(whole.text, {done, begin}, all, row);
    encode_piece(whole.text, {begin, end}, trained[answer.message], row);
    done = end;
  }
  encode_piece(whole.text, {done, whole.text.size()}, all, row);
  if (!row.loss_mask.empty()) row.loss_mask.front() = 0;  // nothing stands before it that could predict it
  return std::nullopt;
}

void TemplateEncoder::encode_piece(const jinja::Text& text, TextSpan piece, bool target, Row& row) {
  std::vector<TextSpan> content;
  for (const jinja::Text::Stretch& stretch : text.data()) {
    if (stretch.end <= piece.begin || stretch.begin >= piece.end) continue;
    content.push_back(
        {std::max(stretch.begin, piece.begin) - piece.begin, std::min(stretch.end, piece.end) - piece.begin});
  }
  tokenizer_.encode(std::string_view(text.bytes()).substr(piece.begin, piece.end - piece.begin), content,
                    row.ids);
  row.loss_mask.resize(row.ids.size(), target ? 1 : 0);
}

std::int64_t turn_end_id(const TokenizerModel& tokenizer, const ChatTemplate& chat_template) {
  TemplateEncoder encoder(tokenizer, chat_template, LossPolicy::kAssistant);
  Row row;
  std::optional<std::string> fault;
  // Some templates take parts of text only.
  for (const OrderedJson& content :
       {OrderedJson("x"), OrderedJson::array({{{"type", "text"}, {"text", "x"}}})}) {
    Chat chat;
    chat.messages = OrderedJson::array(
        {{{"role", "user"}, {"content", content}}, {{"role", "assistant"}, {"content", content}}});
    chat.trained = {false, true};
    const auto this_fault = encoder.encode(chat, row);
    if (!fault || !this_fault) fault = this_fault;
    if (!fault) break;
  }
  if (fault) {
    fail_data(fmt::format("--template {} can't render a question and an answer", chat_template.name), *fault,
              "choose another --template");
  }
  for (std::size_t i = row.ids.size(); i-- > 0;) {
    if (row.loss_mask[i] == 0) continue;
    if (tokenizer.added().is_special(row.ids[i])) return static_cast<std::int64_t>(row.ids[i]);
    if (tokenizer.bytes_of(row.ids[i]).find_first_not_of(" \t\r\n") != std::string_view::npos) break;
  }
  return -1;
}

}  // namespace hone
