#include "preprocess/plain_text_encoder.hpp"

#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

Chat plain(const std::string& row, RowFormat format) { return std::get<Chat>(parse_chat(row, {format})); }

struct Encoded {
  std::string ids, mask;
};

Encoded encoded(const Chat& chat, LossPolicy loss, const PlainTextFrame& frame) {
  static const TinyTokenizer kTokenizer;
  Row row;
  PlainTextEncoder(kTokenizer.model(), frame, loss).encode(chat, row);
  return {TinyTokenizer::shown(row.ids), TinyTokenizer::shown_mask(row.loss_mask)};
}

const PlainTextFrame kEnd{{}, {}, TinyTokenizer::kEnd, ""};
const PlainTextFrame kBoth{{TinyTokenizer::kStart}, {TinyTokenizer::kEnd}, TinyTokenizer::kEnd, ""};

TEST(PlainTextEncoder, ATextIsLearntWithTheEndTokenBehindIt) {
  const Chat chat = plain(R"({"text": "ab"})", RowFormat::kText);
  EXPECT_EQ(encoded(chat, LossPolicy::kAssistant, kEnd).ids, "ab}");
  EXPECT_EQ(encoded(chat, LossPolicy::kAssistant, kEnd).mask, ".^^");
  EXPECT_EQ(encoded(chat, LossPolicy::kAssistant, kBoth).ids, "{ab}");
  EXPECT_EQ(encoded(chat, LossPolicy::kAssistant, kBoth).mask, ".^^^");
}

TEST(PlainTextEncoder, SpecialTokensAreRecognisedAndTheEndIsNotDoubled) {
  EXPECT_EQ(
      encoded(plain(R"({"text": "<|im_start|>a<|im_end|>"})", RowFormat::kText), LossPolicy::kAssistant, kEnd)
          .ids,
      "{a}");
}

TEST(PlainTextEncoder, OfAPromptAndItsCompletionTheLatterIsLearnt) {
  const Chat chat = plain(R"({"prompt": "q\n", "completion": "\na"})", RowFormat::kPromptCompletion);
  // Two line breaks would be one token, were they not of two pieces.
  EXPECT_EQ(encoded(chat, LossPolicy::kAssistant, kEnd).ids, "q//a}");
  EXPECT_EQ(encoded(chat, LossPolicy::kAssistant, kEnd).mask, "..^^^");
  EXPECT_EQ(encoded(chat, LossPolicy::kLast, kBoth).mask, "...^^^");
  EXPECT_EQ(encoded(chat, LossPolicy::kAll, kBoth).mask, ".^^^^^");
}

class PlainFrame : public testing::Test {
 protected:
  PlainFrame() : folder_(testing::TempDir() + "hone-frame-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~PlainFrame() override { std::filesystem::remove_all(folder_); }

  PlainTextFrame frame_of(const Json& post_processor, const Json& config) const {
    Json json = TinyTokenizer::json();
    json["post_processor"] = post_processor;
    std::ofstream(folder_ / "tokenizer.json") << json.dump();
    std::ofstream(folder_ / "tokenizer_config.json") << config.dump();
    return plain_text_frame(folder_, TokenizerModel(folder_));
  }

  std::filesystem::path folder_;
};

const Json kEos = {{"eos_token", "<|im_end|>"}};

TEST_F(PlainFrame, IsWhatThePostProcessorAddsAndTheEosToken) {
  const Json before = {{"type", "TemplateProcessing"},
                       {"single",
                        {{{"SpecialToken", {{"id", "<|im_start|>"}, {"type_id", 0}}}},
                         {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
                       {"special_tokens", {{"<|im_start|>", {{"id", "<|im_start|>"}, {"ids", {300}}}}}}};
  const Json offsets = {{"type", "ByteLevel"}};
  for (const Json& processor : {before, Json{{"type", "Sequence"}, {"processors", {offsets, before}}}}) {
    const PlainTextFrame frame = frame_of(processor, kEos);
    EXPECT_EQ(frame.fault, "");
    EXPECT_EQ(frame.before, std::vector<std::uint32_t>{TinyTokenizer::kStart});
    EXPECT_EQ(frame.after, std::vector<std::uint32_t>{});
    EXPECT_EQ(frame.end, TinyTokenizer::kEnd);
  }
  EXPECT_EQ(frame_of(nullptr, kEos).fault, "");
}

TEST_F(PlainFrame, IsFaultyWhereTheEndOrTheProcessorIsNotKnown) {
  EXPECT_NE(frame_of(nullptr, Json::object()).fault.find("eos_token"), std::string::npos);
  EXPECT_NE(frame_of(nullptr, {{"eos_token", "<none>"}}).fault.find("eos_token"), std::string::npos);
  EXPECT_NE(frame_of({{"type", "BertProcessing"}}, kEos).fault.find("not known"), std::string::npos);
  EXPECT_NE(frame_of({{"type", "TemplateProcessing"}}, kEos).fault.find("not understood"), std::string::npos);
}

}  // namespace
}  // namespace hone
