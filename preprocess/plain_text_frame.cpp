#include "preprocess/plain_text_frame.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "preprocess/special_tokens.hpp"

namespace hone {
namespace {

// False for a processor that isn't known to leave texts without more than ids around them.
bool add_processor(const Json& processor, PlainTextFrame& frame) {
  if (processor.is_null()) return true;
  const std::string type = processor.value("type", "");
  if (type == "ByteLevel") return true;  // moves offsets alone
  if (type == "Sequence") {
    for (const Json& step : processor.value("processors", Json::array())) {
      if (!add_processor(step, frame)) return false;
    }
    return true;
  }
  if (type != "TemplateProcessing") return false;
  bool behind = false;
  for (const Json& piece : processor.at("single")) {
    if (piece.contains("Sequence")) {
      behind = true;
      continue;
    }
    const std::string token = piece.at("SpecialToken").at("id").get<std::string>();
    for (const Json& id : processor.at("special_tokens").at(token).at("ids"))
      (behind ? frame.after : frame.before).push_back(id.get<std::uint32_t>());
  }
  return true;
}

}  // namespace

PlainTextFrame plain_text_frame(const std::filesystem::path& folder, const TokenizerModel& tokenizer) {
  PlainTextFrame frame;
  for (const auto& [name, text] : special_tokens(folder)) {
    if (name == "eos_token") frame.end = tokenizer.added_id(text);
  }
  if (!frame.end)
    frame.fault = "the tokenizer folder names no eos_token of its vocabulary to end a text with";
  const Json json = read_json_file(folder / "tokenizer.json");
  try {
    if (!add_processor(json.value("post_processor", Json()), frame))
      frame.fault = "the post_processor of tokenizer.json is of a type that is not known";
  } catch (const Json::exception&) {
    frame.fault = "the post_processor of tokenizer.json is not understood";
  }
  return frame;
}

}  // namespace hone
