#pragma once

#include "dataset/manifest.hpp"
#include "preprocess/chat_template.hpp"
#include "preprocess/options.hpp"
#include "preprocess/plain_text_frame.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// What turns rows into ids: the same for all workers.
struct Encoding {
  ChatTemplate chat_template;
  TokenizerModel tokenizer;
  PlainTextFrame frame;

  /// Throws Error(kUsage) or Error(kData) for a template or tokenizer that can't be used.
  explicit Encoding(const PreprocessOptions& options);
};

/// The manifest as far as it is known before the rows. Warns where answers end with no special token, and
/// where rows may be longer than the model's positions.
Manifest described(const Encoding& encoding, const PreprocessOptions& options);

}  // namespace hone
