#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// A tokenizer whose ids can be read: each printable ASCII character is its own id, and so are space and line
/// break; two line breaks are one token where they stand in one piece of text.
class TinyTokenizer {
 public:
  static constexpr std::uint32_t kTwoBreaks = 200, kStart = 300, kEnd = 301, kThink = 302, kEndThink = 303;

  /// The markers of ChatML may be left out of the vocabulary, which words that no text has fill up to them.
  static Json json(bool with_markers = true) {
    Json vocabulary = {{"Ġ", ' '}, {"Ċ", '\n'}, {"ĊĊ", kTwoBreaks}};
    for (char c = '!'; c <= '~'; ++c) vocabulary[std::string(1, c)] = c;
    const std::uint32_t first_added = with_markers ? kStart : kThink;
    for (std::uint32_t id = 0; vocabulary.size() < first_added; ++id) {
      const bool taken = id == '\n' || id == ' ' || id == kTwoBreaks || (id >= '!' && id <= '~');
      if (!taken) vocabulary["unused" + std::to_string(id)] = id;
    }
    Json added = Json::array();
    const auto add = [&](const char* content, std::uint32_t id, bool special) {
      added.push_back({{"content", content}, {"id", id}, {"special", special}});
    };
    if (with_markers) {
      add("<|im_start|>", kStart, true);
      add("<|im_end|>", kEnd, true);
    }
    add("<think>", kThink, false);
    add("</think>", kEndThink, false);
    return {{"added_tokens", added},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
            {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", {"Ċ Ċ"}}}}};
  }

  explicit TinyTokenizer(const Json& json = TinyTokenizer::json()) : model_(folder_with(json)) {}
  const TokenizerModel& model() const { return model_; }

  /// The ids as one character each: line breaks `/` (two in one: `N`), markers `{` and `}`, thinking `(` and
  /// `)`.
  static std::string shown(const std::vector<std::uint32_t>& ids) {
    std::string text;
    for (const std::uint32_t id : ids) {
      switch (id) {
        case '\n': text += '/'; break;
        case kTwoBreaks: text += 'N'; break;
        case kStart: text += '{'; break;
        case kEnd: text += '}'; break;
        case kThink: text += '('; break;
        case kEndThink: text += ')'; break;
        default: text += static_cast<char>(id);
      }
    }
    return text;
  }
  /// Targets as `^`, the rest as `.`, to stand below the ids.
  static std::string shown_mask(const std::vector<std::uint8_t>& mask) {
    std::string text;
    for (const std::uint8_t target : mask) text += target != 0 ? '^' : '.';
    return text;
  }

 private:
  static std::filesystem::path folder_with(const Json& json) {
    const auto folder = std::filesystem::path(testing::TempDir()) / ("hone-tiny-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "tokenizer.json") << json.dump();
    return folder;
  }

  TokenizerModel model_;
};

}  // namespace hone
