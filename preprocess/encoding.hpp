#pragma once

#include "base/json.hpp"
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

  /// `plain_rows`: whether there may be rows of plain text, for which the tokenizer is asked what frames
  /// them. Throws Error(kUsage) or Error(kData) for a template or tokenizer that can't be used.
  Encoding(const PreprocessOptions& options, bool plain_rows);
};

/// The manifest as far as it is known before the rows; `plan` is run_plan()'s. Warns where answers end with
/// no special token, and where rows may be longer than the model's positions.
Manifest described(const Encoding& encoding, const PreprocessOptions& options, const OrderedJson& plan);

}  // namespace hone
