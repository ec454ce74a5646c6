#include "preprocess/encoding.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/log.hpp"
#include "base/version.hpp"
#include "dataset/model_identity.hpp"
#include "preprocess/row_encoder.hpp"
#include "preprocess/template_encoder.hpp"

namespace hone {
namespace {

void warn_beyond_positions(const PreprocessOptions& options) {
  const auto positions = max_position_embeddings(options.tokenizer);
  if (!positions || options.model_max_length <= *positions) return;
  log::warn("--model_max_length {} exceeds max_position_embeddings {} of {}; hone-train refuses longer rows",
            options.model_max_length, *positions,
            (std::filesystem::path(options.tokenizer) / "config.json").string());
}

// -1 with a warning where answers end with no special token.
std::int64_t checked_turn_end_id(const Encoding& encoding, LossPolicy loss) {
  const auto& [chat_template, tokenizer, frame] = encoding;
  if (!chat_template.built_in && !chat_template.program) return frame.end ? std::int64_t{*frame.end} : -1;
  if (chat_template.built_in) return RowEncoder(tokenizer, chat_template, loss).turn_end_id();
  const std::int64_t id = turn_end_id(tokenizer, chat_template);
  if (id < 0) {
    log::warn(
        "template {} ends an answer with no special token of the tokenizer; a model won't learn to stop",
        chat_template.name);
  }
  return id;
}

}  // namespace

Encoding::Encoding(const PreprocessOptions& options, bool plain_rows)
    : chat_template(choose_template(options.chat_template, options.tokenizer, options.system_prompt)),
      tokenizer(options.tokenizer),
      frame(plain_rows ? plain_text_frame(options.tokenizer, tokenizer) : PlainTextFrame{}) {}

Manifest described(const Encoding& encoding, const PreprocessOptions& options, const OrderedJson& plan) {
  warn_beyond_positions(options);
  const ChatTemplate& chat_template = encoding.chat_template;
  Manifest manifest;
  manifest.tool_version = fmt::format("{} ({})", kVersion, kGitHash);
  manifest.tokenizer_sha256 = plan.at("tokenizer.json").get<std::string>();
  manifest.chat_template = {chat_template.name, chat_template.model_template_sha256,
                            chat_template.default_system, checked_turn_end_id(encoding, options.loss)};
  manifest.loss = name_of(options.loss);
  manifest.thinking = name_of(options.thinking);
  manifest.model_max_length = static_cast<std::uint64_t>(options.model_max_length);
  return manifest;
}

}  // namespace hone
