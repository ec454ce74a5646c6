// Rows written by hand, id by id: the ids in the first line, the targets below them.
#include "preprocess/template_encoder.hpp"

#include "base/error.hpp"
#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

const std::string kPlain =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
// Thinking is shown in the last answer alone, as Qwen3 and DeepSeek do it.
const std::string kForgetful =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>{{ m.reasoning_content or '' }}</think>{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is false %}<think></think>{% "
    "endif %}{% endif %}";
const std::string kBlocks =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}{% generation %}{{ "
    "m.content }}"
    "{% endgeneration %}{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}";

ChatTemplate template_of(const std::string& source) {
  ChatTemplate result;
  result.name = "jinja";
  result.built_in = false;
  result.program =
      std::make_shared<TemplateProgram>(TemplateProgram{jinja::Template(source), std::nullopt, {}, {}});
  return result;
}

Chat chat_of(const OrderedJson& messages) {
  Chat chat;
  chat.messages = messages;
  for (const OrderedJson& message : messages)
    chat.trained.push_back(message["role"] == "assistant" && message.value("train", true));
  return chat;
}

OrderedJson message(const char* role, const std::string& content) {
  return {{"role", role}, {"content", content}};
}

struct Shown {
  std::string ids, mask;
  bool operator==(const Shown&) const = default;
};
void PrintTo(const Shown& row, std::ostream* out) { *out << "\n" << row.ids << "\n" << row.mask; }

const TinyTokenizer& tokenizer() {
  static const TinyTokenizer kTokenizer;
  return kTokenizer;
}

Shown encoded(const std::string& source, const OrderedJson& messages,
              LossPolicy loss = LossPolicy::kAssistant) {
  const ChatTemplate chat_template = template_of(source);
  TemplateEncoder encoder(tokenizer().model(), chat_template, loss);
  Row row;
  const auto fault = encoder.encode(chat_of(messages), row);
  if (fault) return {*fault, ""};
  return {TinyTokenizer::shown(row.ids), TinyTokenizer::shown_mask(row.loss_mask)};
}

const OrderedJson kTwoTurns = {message("user", "q"), message("assistant", "ab"), message("user", "ab"),
                               message("assistant", "c")};

TEST(TemplateEncoder, AnswersAreFoundByRenderingUpToThem) {
  const std::string ids = "{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/";
  EXPECT_EQ(encoded(kPlain, kTwoTurns), (Shown{ids, "....................^^^......................^^."}));
  EXPECT_EQ(encoded(kPlain, kTwoTurns, LossPolicy::kLast),
            (Shown{ids, ".............................................^^."}));
  EXPECT_EQ(encoded(kPlain, kTwoTurns, LossPolicy::kAll),
            (Shown{ids, ".^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"}));
}

TEST(TemplateEncoder, AnAnswerThatSaysSoIsNotLearnt) {
  OrderedJson messages = kTwoTurns;
  messages[1]["train"] = false;
  const std::string ids = "{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/";
  EXPECT_EQ(encoded(kPlain, messages), (Shown{ids, ".............................................^^."}));
  EXPECT_EQ(encoded(kPlain, messages, LossPolicy::kAll),
            (Shown{ids, ".^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^"}));
}

TEST(TemplateEncoder, AnEmptyAnswerHasItsEndTokenAsItsTarget) {
  EXPECT_EQ(encoded(kPlain, {message("user", "q"), message("assistant", ""), message("user", "a")}),
            (Shown{"{user/q}/{assistant/}/{user/a}/", "....................^.........."}));
}

TEST(TemplateEncoder, ContentHoldsNoSpecialTokensNotEvenAcrossItsEdges) {
  EXPECT_EQ(
      encoded(kPlain, {message("user", "<|im_end|>"), message("assistant", "<|im_start|>")}),
      (Shown{"{user/<|im_end|>}/{assistant/<|im_start|>}/", ".............................^^^^^^^^^^^^^."}));
  EXPECT_EQ(encoded("{% for m in messages %}<|im_{{ m.content }}{% endfor %}<|im_end|>",
                    OrderedJson::array({message("assistant", "end|>")}))
                .ids.substr(0, 10),
            "<|im_end|>");
  // Tokens that are not special are text of the content, as Hugging Face encodes them.
  EXPECT_EQ(encoded(kPlain, {message("user", "q"), message("assistant", "<think>a</think>")}).ids,
            "{user/q}/{assistant/(a)}/");
}

TEST(TemplateEncoder, APromptEndsAPiece) {
  // As one piece the header's line break and the answer's would be one token.
  EXPECT_EQ(encoded(kPlain, {message("user", "a\n\nb"), message("assistant", "\na")}),
            (Shown{"{user/aNb}/{assistant//a}/", "......................^^^."}));
}

TEST(TemplateEncoder, AnAnswerIsFoundWhereTheTemplateRendersItOtherwiseFurtherBack) {
  OrderedJson messages = kTwoTurns;
  messages[1]["reasoning_content"] = "r";
  messages[3]["reasoning_content"] = "s";
  EXPECT_EQ(encoded(kForgetful, messages), (Shown{"{user/q}/{assistant/ab}/{user/ab}/{assistant/(s)c}/",
                                                  "....................^^^......................^^^^^."}));
  messages[1]["content"] = "";
  EXPECT_EQ(encoded(kForgetful, messages), (Shown{"{user/q}/{assistant/}/{user/ab}/{assistant/(s)c}/",
                                                  "....................^......................^^^^^."}));
}

TEST(TemplateEncoder, WhatInferenceWritesInFrontOfAnAnswerWithoutThinkingIsPrompt) {
  EXPECT_EQ(encoded(kForgetful, {message("user", "q"), message("assistant", "a")}),
            (Shown{"{user/q}/{assistant/()a}/", "......................^^."}));
}

TEST(TemplateEncoder, GenerationBlocksTellTheAnswersWhichGetTheirEndTokenToo) {
  const std::string ids = "{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/";
  EXPECT_EQ(encoded(kBlocks, kTwoTurns), (Shown{ids, "....................^^^......................^^."}));
  EXPECT_EQ(encoded(kBlocks, kTwoTurns, LossPolicy::kLast),
            (Shown{ids, ".............................................^^."}));
}

TEST(TemplateEncoder, AnAnswerWhoseTextEndsTheConversationUpToItIsFoundFurtherBack) {
  // The end token stands before the next question, thinking in the last answer alone.
  const std::string between =
      "{% for m in messages %}{% if m.role == 'user' %}{% if not loop.first %}<|im_end|>{% endif %}U: {{ "
      "m.content "
      "}}\nA:{% else %} {{ m.content if loop.last else m.content.split('</think>')[-1] }}{% endif %}{% "
      "endfor %}";
  const OrderedJson thoughtful = {message("user", "q"), message("assistant", "<think>r</think>ab"),
                                  message("user", "ab"), message("assistant", "<think>s</think>c")};
  EXPECT_EQ(encoded(between, thoughtful), (Shown{"U: q/A: ab}U: ab/A: (s)c", ".......^^^.........^^^^^"}));
  const std::string counting =
      "{{ messages | length }}: {% for m in messages %}{% if m.role == 'user' %}<|im_start|>{{ m.content }} "
      "-> {% "
      "else %}{{ m.content }}{% endif %}{% endfor %}";
  EXPECT_EQ(encoded(counting, kTwoTurns), (Shown{"4: {q -> ab{ab -> c", ".........^^.......^"}));
  // Of an answer that is thinking alone nothing is left.
  OrderedJson silent = thoughtful;
  silent[1]["content"] = "<think>r</think>";
  EXPECT_TRUE(encoded(counting, silent).ids.starts_with("4: "));
  EXPECT_TRUE(
      encoded("{% for m in messages %}{% if m.role == 'user' %}<|im_start|>{{ m.content }} -> {% else %}{{ "
              "m.content if loop.last else m.content.split('</think>')[-1] }}{% endif %}{% endfor %}",
              silent)
          .ids.starts_with("messages[1]: where this answer begins and ends can't be told"));
}

TEST(TemplateEncoder, AnAnswerThatTheTemplateRepeatsAtItsEndIsFoundWhereItStoodFirst) {
  const std::string repeating =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
      "Last: {{ messages[-1].content }}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  const Shown row = encoded(repeating, kTwoTurns);
  EXPECT_EQ(row.ids, "{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/Last: c");
  EXPECT_EQ(row.mask.substr(0, 45), "....................^^^......................");
}

TEST(TemplateEncoder, WhatTheTemplateRefusesIsAReasonWithItsPlace) {
  EXPECT_EQ(encoded("{{ raise_exception('No.') }}", kTwoTurns).ids,
            "the template refuses it: No. (line 1, column 19 of the template)");
  EXPECT_EQ(encoded("{% for m in messages %}{{ m.role + 1 }}{% endfor %}", kTwoTurns).ids,
            "'+' does not go with str and int (line 1, column 34 of the template)");
}

TEST(TemplateEncoder, AnEmptyAnswerInAGenerationBlockHasItsEndTokenAsItsTarget) {
  OrderedJson messages = kTwoTurns;
  messages[1]["content"] = "";
  EXPECT_EQ(encoded(kBlocks, messages), (Shown{"{user/q}/{assistant/}/{user/ab}/{assistant/c}/",
                                               "....................^......................^^."}));
}

TEST(TemplateEncoder, AGenerationBlockThatQuotesAnotherMessageIsItsAnswers) {
  const std::string quoting =
      "{% for m in messages %}{% if m.role == 'user' %}<|im_start|>{{ m.content }}{% else %}{% generation "
      "%}A: {{ "
      "m.content }} (to {{ messages[loop.index0 - 1].content }})<|im_end|>{% endgeneration %}{% endif %}{% "
      "endfor %}";
  EXPECT_EQ(encoded(quoting, kTwoTurns),
            (Shown{"{qA: ab (to q)}{abA: c (to ab)}", "..^^^^^^^^^^^^^...^^^^^^^^^^^^^"}));
}

TEST(TemplateEncoder, GenerationBlocksMayLeaveAnswersOutButNotHoldThemWithoutBeingTheirs) {
  const std::string last_alone =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if loop.last %}{% generation %}{{ m.content "
      "}}<|im_end|>{% "
      "endgeneration %}{% else %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}";
  EXPECT_EQ(encoded(last_alone, kTwoTurns), (Shown{"{user/q}{assistant/ab}{user/ab}{assistant/c}",
                                                   "..........................................^^"}));
  const std::string questions =
      "{% for m in messages %}{% if m.role == 'user' %}{% generation %}{{ m.content }}<|im_end|>{% "
      "endgeneration %}{% "
      "else %}{{ m.content }}{% endif %}{% endfor %}";
  EXPECT_EQ(encoded(questions, kTwoTurns).ids,
            "messages[1]: where this answer begins and ends can't be told from what the template renders");
}

TEST(TemplateEncoder, ANumberBeyond64BitsIsRefusedWhereTheTemplateCouldWriteIt) {
  OrderedJson messages = kTwoTurns;
  messages[1]["x"] = OrderedJson::binary({'1'});  // as the reader of rows keeps it
  EXPECT_EQ(encoded(kPlain, messages).ids, "a number beyond 64 bits is not supported");
}

TEST(TemplateEncoder, AnAnswerThatCanNotBeToldFromTheRestIsRefused) {
  EXPECT_EQ(encoded("{% for m in messages[::-1] %}{{ m.content }}{% endfor %}", kTwoTurns).ids,
            "messages[1]: where this answer begins and ends can't be told from what the template renders");
}

TEST(TemplateEncoder, ATextOfWhichTheTemplateWritesNothingIsRefused) {
  const std::string parts_alone =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for part in m.content %}{% if part.type == 'text' "
      "%}"
      "{{ part.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
      "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  const auto parts = [](const char* role, const char* text) {
    return OrderedJson{{"role", role}, {"content", OrderedJson::array({{{"type", "text"}, {"text", text}}})}};
  };
  const auto refused = [&](const OrderedJson& messages) {
    return encoded(parts_alone, messages).ids.substr(0, 53);
  };
  EXPECT_EQ(refused(kTwoTurns), "messages[0]: the template writes nothing of this text");
  EXPECT_EQ(refused({parts("user", "q"), message("assistant", "ab")}),
            "messages[1]: the template writes nothing of this text");
  EXPECT_EQ(encoded(parts_alone, {parts("user", "q"), parts("assistant", "ab")}),
            (Shown{"{user/q}/{assistant/ab}/", "....................^^^."}));
  // A blank answer is an answer, and thinking may be left out.
  EXPECT_EQ(encoded(parts_alone, {parts("user", "q"), message("assistant", " ")}).ids,
            "{user/q}/{assistant/}/");
  EXPECT_EQ(
      encoded(
          "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n"
          "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
          {message("user", "q"), message("assistant", "<think>a</think>")})
          .ids,
      "{user/q}/{assistant/}/");
}

TEST(TemplateEncoder, TellsWhatEndsATurn) {
  const auto end = [](const std::string& source) {
    const ChatTemplate chat_template = template_of(source);
    return turn_end_id(tokenizer().model(), chat_template);
  };
  EXPECT_EQ(end(kPlain), TinyTokenizer::kEnd);
  EXPECT_EQ(end(kBlocks), TinyTokenizer::kEnd);
  EXPECT_EQ(end("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"), -1);
  EXPECT_THROW(end("{{ raise_exception('No.') }}"), Error);
}

}  // namespace
}  // namespace hone
