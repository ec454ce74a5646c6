#include "preprocess/answer_finder.hpp"

#include <algorithm>

#include "preprocess/message_check.hpp"
#include "preprocess/text_comparison.hpp"

namespace hone {
namespace {

using jinja::Text;
using Ending = ConversationRenderer::Ending;

// A prompt that the template doesn't make, say because a conversation may not begin so, is none.
std::optional<Text> rendered(const ConversationRenderer& renderer, std::size_t messages, Ending ending) {
  try {
    return renderer.render(messages, ending).text;
  } catch (const jinja::TemplateError& error) {
    if (error.kind() == jinja::TemplateError::Kind::kLimit) throw;
    return std::nullopt;
  }
}

}  // namespace

AnswerFinder::AnswerFinder(const TokenizerModel& tokenizer, const ConversationRenderer& renderer)
    : tokenizer_(tokenizer), renderer_(renderer) {}

std::vector<AnswerSpan> AnswerFinder::find(const Chat& chat, const jinja::Rendered& whole) const {
  if (renderer_.has_generation_blocks()) return in_blocks(chat, whole);
  std::vector<AnswerSpan> answers;
  for (std::size_t i = 0; i < chat.messages.size(); ++i) {
    if (!chat.is_answer(i)) continue;
    const auto begin = begin_of(shown(chat, whole.text, i), i);
    const auto end = begin ? end_of(chat, whole.text, i, *begin) : std::nullopt;
    if (end) answers.push_back({i, {*begin, *end}});
  }
  return answers;
}

// The whole with something in an answer that says nothing, where that changes nothing else.
Text AnswerFinder::shown(const Chat& chat, const Text& whole, std::size_t answer) const {
  if (!says_nothing(chat.messages[answer]) || extent_of(whole, answer).begin != kNowhere) return whole;
  Text probed = renderer_.render_with_probe(chat.messages.size(), answer).text;
  const TextSpan probe = extent_of(probed, answer);
  const bool same = probe.begin != kNowhere && whole.size() + probe.end - probe.begin == probed.size() &&
                    whole.bytes().starts_with(std::string_view(probed.bytes()).substr(0, probe.begin)) &&
                    whole.bytes().ends_with(after(probed, probe.end));
  return same ? probed : whole;
}

std::optional<std::size_t> AnswerFinder::begin_of(const Text& whole, std::size_t answer) const {
  const std::size_t first = extent_of(whole, answer).begin;
  std::optional<std::size_t> told, guessed;
  for (const Ending ending : {Ending::kPrompt, Ending::kPromptWithoutThinking}) {
    const auto prompt = rendered(renderer_, answer, ending);
    if (prompt && whole.bytes().starts_with(prompt->bytes()) && prompt->size() <= first)
      told = std::max(told.value_or(0), prompt->size());
    if (told && *told == first) return told;  // all that stands before the answer's own text is prompt
    if (first == kNowhere) continue;
    if (prompt) {
      const Header header{after(*prompt, last_data_before(*prompt, prompt->size())), whole, first};
      if (header.is_whole()) told = std::max(told.value_or(0), header.end());
      if (header.reaches_answer()) guessed = first;
      // Where they part, the last marker that they share still begins the turn.
      if (!guessed) guessed = last_special(whole, header.begin(), header.end());
    }
    if (!told && !guessed) guessed = after_request(whole, first, answer, ending);
  }
  return told ? told : guessed;
}

// From what the template adds to a conversation to ask for one more answer: to that up to this answer, or,
// where the template takes none that ends here, to all of it.
std::optional<std::size_t> AnswerFinder::after_request(const Text& whole, std::size_t first,
                                                       std::size_t answer,
                                                       ConversationRenderer::Ending ending) const {
  for (const std::size_t messages : {answer + 1, renderer_.messages()}) {
    const auto all = rendered(renderer_, messages, Ending::kAsGiven);
    const auto asking = rendered(renderer_, messages, ending);
    if (!all || !asking || asking->size() == all->size() || !asking->bytes().starts_with(all->bytes()))
      continue;
    const std::string_view request = after(*asking, all->size());
    const Header header{request, whole, first};
    const bool before = std::string_view(whole.bytes()).substr(0, first).ends_with(request);
    if (before || header.reaches_answer()) return first;
    if (header.is_whole()) return header.end();
  }
  return std::nullopt;
}

std::optional<std::size_t> AnswerFinder::end_of(const Chat& chat, const Text& whole, std::size_t answer,
                                                std::size_t begin) const {
  const bool last_turn = answer + 1 == chat.messages.size();
  const auto alone = last_turn ? std::optional(whole) : rendered(renderer_, answer + 1, Ending::kAsGiven);
  if (alone && whole.bytes().starts_with(alone->bytes())) {
    const std::size_t own = extent_of(*alone, answer).end;
    const std::size_t last = own == kNowhere ? begin : std::max(begin, own);
    return after_end_token(whole, last, alone->size()).value_or(alone->size());
  }
  // Compared from the last text of the answer on; where it has none, one with some text tells what follows.
  const auto other = says_nothing(chat.messages[answer])
                         ? std::optional(renderer_.render_with_probe(answer + 1, answer).text)
                         : alone;
  const std::size_t there = other ? end_of_text(*other, answer) : kNowhere;
  if (there == kNowhere) return std::nullopt;
  const std::string_view closing = after(*other, there);
  if (closing.empty()) {
    const auto end = end_like(*other, whole, answer, begin);
    return end || !says_nothing(chat.messages[answer]) ? end : begin;
  }
  // Later text may repeat some of the answer, such as the name of a tool that it called.
  std::vector<std::size_t> places{begin};
  for (const Text::Stretch& stretch : whole.data()) {
    if (stretch.source == static_cast<int>(answer) && stretch.end > begin) places.push_back(stretch.end);
  }
  std::size_t last = begin, common = 0;
  for (const std::size_t place : places) {
    const std::size_t here = common_bytes(closing, after(whole, place));
    if (here < common || (here == 0 && place != begin)) continue;
    last = place;
    common = here;
  }
  if (const auto end = after_end_token(whole, last, last + common)) return end;
  return common == closing.size() ? std::optional(last + common) : std::nullopt;
}

std::optional<TextSpan> AnswerFinder::next_special(const Text& whole, std::size_t from) const {
  std::vector<TextSpan> data;
  for (const Text::Stretch& stretch : whole.data()) {
    if (stretch.end > from) data.push_back({stretch.begin, stretch.end});
  }
  std::optional<TextSpan> next;
  for (const auto stage : {AddedTokens::Stage::kRaw, AddedTokens::Stage::kNormalised}) {
    for (std::size_t at = from;;) {
      const auto match = tokenizer_.added().find(stage, whole.bytes(), at, data);
      if (!match || (next && next->begin <= match->begin)) break;
      if (tokenizer_.added().is_special(match->id)) {
        next = TextSpan{match->begin, match->end};
        break;
      }
      at = match->end;
    }
  }
  return next;
}

// The end of the last special token in [from, end).
std::optional<std::size_t> AnswerFinder::last_special(const Text& whole, std::size_t from,
                                                      std::size_t end) const {
  std::optional<std::size_t> found;
  for (auto token = next_special(whole, from); token && token->end <= end;
       token = next_special(whole, token->end))
    found = token->end;
  return found;
}

// The end of the last special token in [from, end), up to white space between them.
std::optional<std::size_t> AnswerFinder::after_end_token(const Text& whole, std::size_t from,
                                                         std::size_t end) const {
  std::optional<std::size_t> found;
  for (auto token = next_special(whole, from); token && token->end <= end;
       token = next_special(whole, token->end)) {
    const bool apart = found && token->begin > *found &&
                       std::string_view(" \t\r\n").find(whole.bytes()[*found]) != std::string_view::npos;
    if (apart) break;
    found = token->end;
  }
  return found;
}

std::vector<AnswerSpan> AnswerFinder::in_blocks(const Chat& chat, const jinja::Rendered& whole) const {
  std::vector<AnswerSpan> answers;
  for (const jinja::Generation& block : whole.generations)
    answers.push_back({told_by_data(chat, whole.text, block), {block.begin, block.end}});
  name_blocks_without_data(chat, answers);
  for (AnswerSpan& answer : answers) {
    const bool named = answer.message < chat.messages.size() && chat.is_answer(answer.message);
    if (named) {
      include_end_token(whole.text, answer);
    } else {
      answer.message = kNowhere;
    }
  }
  std::erase_if(answers, [](const AnswerSpan& answer) {
    return answer.message == kNowhere && answer.text.begin == answer.text.end;
  });
  return answers;
}

// The message that a block is of: the last answer that some of its text comes from, for a block may quote
// what came before, otherwise the last message.
std::size_t AnswerFinder::told_by_data(const Chat& chat, const Text& whole, const jinja::Generation& block) {
  std::size_t last = kNowhere, answer = kNowhere;
  for (const Text::Stretch& stretch : whole.data()) {
    if (stretch.begin >= block.end || stretch.end <= block.begin || stretch.source < 0) continue;
    last = static_cast<std::size_t>(stretch.source);
    if (chat.is_answer(last) && (answer == kNowhere || last > answer)) answer = last;
  }
  return answer != kNowhere ? answer : last;
}

// A block that holds nothing from the conversation is an answer that says nothing, where one stands between
// those around it; otherwise it goes on with the answer before.
void AnswerFinder::name_blocks_without_data(const Chat& chat, std::vector<AnswerSpan>& answers) const {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].message != kNowhere) continue;
    const std::size_t before = i > 0 ? answers[i - 1].message : kNowhere;
    const auto named = std::find_if(answers.begin() + static_cast<std::ptrdiff_t>(i), answers.end(),
                                    [](const AnswerSpan& answer) { return answer.message != kNowhere; });
    const std::size_t end = named == answers.end() ? chat.messages.size() : named->message;
    std::size_t next = before == kNowhere ? 0 : before + 1;
    while (next < end && !chat.is_answer(next)) ++next;
    answers[i].message = next < end ? next : before;
  }
}

// A block may leave the end token out: the special token that follows it also where the conversation ends
// with this answer.
void AnswerFinder::include_end_token(const Text& whole, AnswerSpan& answer) const {
  const std::size_t end = answer.text.end;
  const std::size_t own = last_data_before(whole, end);
  if (const auto token = next_special(whole, std::max(own, answer.text.begin)); token && token->begin < end)
    return;
  const auto token = next_special(whole, end);
  if (!token || token->begin != end || answer.message == kNowhere) return;
  const std::string_view text = std::string_view(whole.bytes()).substr(end, token->end - end);
  try {
    const jinja::Rendered alone = renderer_.render(answer.message + 1, Ending::kAsGiven);
    if (!alone.generations.empty() && after(alone.text, alone.generations.back().end).starts_with(text))
      answer.text.end = token->end;
  } catch (const jinja::TemplateError& error) {
    if (error.kind() == jinja::TemplateError::Kind::kLimit) throw;
  }
}

}  // namespace hone
