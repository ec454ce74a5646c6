// A text to encode, and where it begins with '{' a tokenizer.json too.
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "fuzz/byte_level_tokenizer.hpp"
#include "fuzz/fuzzer.hpp"
#include "preprocess/conversation.hpp"
#include "preprocess/tokenizer/char_class.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {
namespace {

constexpr const char* kTexts[] = {"", "a", "It's 12 words,\n\n\tdon't you think? ",
                                  "北京 Grüße \U0001F600 e\u0301"};
constexpr std::size_t kLongestReference = 250;  // bytes: merging by the definition takes their square

std::string qwen2_pattern(const std::string& digits) {
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + digits +
         R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

// Words of several scripts on their way from bytes to tokens; some characters stay in pieces.
const ByteLevelVocabulary& vocabulary() {
  static const ByteLevelVocabulary kVocabulary(
      {{"t", "h"},       {"th", "e"},          {" ", "the"},     {" ", "t"},
       {"i", "n"},       {"in", "g"},          {"e", "r"},       {"'", "s"},
       {"\xE4", "\xBD"}, {"\xE4\xBD", "\xA0"}, {"\xA5", "\xBD"}, {"\xE5", "\xA5\xBD"},
       {"\xC3", "\xA9"}, {" ", "\xC3"},        {"\xF0", "\x9F"}, {"\xF0\x9F", "\x98"},
       {"\n", "\n"},     {" ", " "},           {"  ", "  "},     {"1", "2"},
       {"a", "a"},       {"aa", "aa"},         {"aaaa", "aaaa"}, {"\xE4\xBD\xA0", "\xE5\xA5\xBD"},
       {"\xD0", "\xB0"}, {"\xBB", "\xD0"},     {"ing", " "},     {"!", "!"}});
  return kVocabulary;
}

/// A folder of this process, in memory where the system has a place for that.
std::filesystem::path folder() {
  static const std::filesystem::path kFolder = [] {
    const std::filesystem::path memory = "/dev/shm";
    const auto base = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    auto path = base / ("hone-fuzz-" + std::to_string(getpid()));
    std::filesystem::create_directories(path);
    return path;
  }();
  return kFolder;
}

TokenizerModel model_of(std::string_view json) {
  {
    std::ofstream file(folder() / "tokenizer.json", std::ios::binary);
    file.write(json.data(), static_cast<std::streamsize>(json.size()));
  }
  return TokenizerModel(folder());
}

std::string decoded(const TokenizerModel& model, const std::vector<std::uint32_t>& ids) {
  std::string text;
  for (const std::uint32_t id : ids) text += model.bytes_of(id);
  return text;
}

/// A tokenizer whose every part is known.
class KnownTokenizer {
 public:
  KnownTokenizer(const Json& rest, const std::string& pattern, bool ignore_merges)
      : model_(model_of(vocabulary().json(rest, ignore_merges).dump())),
        tokenizer_(model_),
        rule_(make_regex_rule(pattern)),
        ignore_merges_(ignore_merges) {}

  void check(const std::string& text) {
    const std::string normalised = model_.normalised(text);
    // NFC may make an added token of what is none.
    const bool is_short =
        text.size() <= kLongestReference && !holds_added_token(text) && !holds_added_token(normalised);
    const std::vector<std::uint32_t> expected =
        is_short ? reference(normalised) : std::vector<std::uint32_t>();
    for (const AddedTokenPolicy policy : {AddedTokenPolicy::kAll, AddedTokenPolicy::kNonSpecial}) {
      std::vector<std::uint32_t> ids;
      tokenizer_.encode(text, policy, ids);
      HONE_ASSERT(decoded(model_, ids) == normalised);
      if (is_short) HONE_ASSERT(ids == expected);
    }
    // Whatever part of a text is content, the text stays the same.
    const TextSpan content{text.size() / 3, 2 * text.size() / 3};
    if (!begins_character(text, content.begin) || !begins_character(text, content.end)) return;
    std::vector<std::uint32_t> ids;
    tokenizer_.encode(text, std::span(&content, 1), ids);
    HONE_ASSERT(decoded(model_, ids) == normalised);
  }

 private:
  static bool begins_character(const std::string& text, std::size_t at) {
    return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
  }
  bool holds_added_token(const std::string& text) const {
    for (const AddedToken& token : model_.added().all()) {
      if (text.find(token.content) != std::string::npos) return true;
    }
    return false;
  }
  std::vector<std::uint32_t> reference(const std::string& text) const {
    std::vector<std::size_t> ends;
    rule_->cut(text, 0, text.size(), ends);
    std::vector<std::uint32_t> ids;
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      const auto word =
          vocabulary().encode(std::string_view(text).substr(begin, end - begin), ignore_merges_);
      ids.insert(ids.end(), word.begin(), word.end());
      begin = end;
    }
    return ids;
  }

  TokenizerModel model_;
  Tokenizer tokenizer_;
  std::unique_ptr<WordRule> rule_;
  bool ignore_merges_;
};

Json added_tokens() {
  const std::uint32_t first = vocabulary().size();
  return {{{"content", "<|im_start|>"}, {"id", first}, {"special", true}, {"normalized", false}},
          {{"content", "<think>"}, {"id", first + 1}, {"special", false}, {"normalized", false}},
          {{"content", "é!"}, {"id", first + 2}, {"special", false}, {"normalized", true}}};
}

std::vector<std::unique_ptr<KnownTokenizer>> known_tokenizers() {
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const auto split = [&](const std::string& pattern) {
    return Json{{"type", "Sequence"},
                {"pretokenizers",
                 {{{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}}, bytes}}};
  };
  const std::string qwen2 = qwen2_pattern(R"(\p{N})"), llama3 = qwen2_pattern(R"(\p{N}{1,3})");
  std::vector<std::unique_ptr<KnownTokenizer>> tokenizers;
  tokenizers.push_back(std::make_unique<KnownTokenizer>(Json{{"normalizer", {{"type", "NFC"}}},
                                                             {"pre_tokenizer", split(qwen2)},
                                                             {"added_tokens", added_tokens()}},
                                                        qwen2, false));
  tokenizers.push_back(std::make_unique<KnownTokenizer>(
      Json{{"pre_tokenizer", split(llama3)}, {"added_tokens", added_tokens()}}, llama3, true));
  tokenizers.push_back(std::make_unique<KnownTokenizer>(
      Json{{"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}}},
      std::string(kGpt2Pattern), false));
  return tokenizers;
}

/// The rules that are written out by hand, beside the expressions that they stand for.
class Rules {
 public:
  Rules() {
    for (const std::string& pattern :
         {qwen2_pattern(R"(\p{N})"), qwen2_pattern(R"(\p{N}{1,3})"), std::string(kGpt2Pattern),
          std::string(R"(\p{N})"), std::string(R"(\p{N}+)")}) {
      written_.push_back(make_word_rule(pattern));
      expressions_.push_back(make_regex_rule(pattern));
    }
  }
  void check(const std::string& text) const {
    for (std::size_t at = 0; at < text.size();) {
      const Character c = character_at(text, at);
      if (!is_known_alike(c.point, std::string_view(text).substr(at, c.end - at))) return;
      at = c.end;
    }
    for (std::size_t i = 0; i < written_.size(); ++i)
      HONE_ASSERT(cut(*written_[i], text) == cut(*expressions_[i], text));
  }

 private:
  static std::vector<std::size_t> cut(const WordRule& rule, const std::string& text) {
    std::vector<std::size_t> ends;
    rule.cut(text, 0, text.size(), ends);
    return ends;
  }
  // PCRE2 may know another version of Unicode: letters and numbers that are new to one of the two.
  bool is_known_alike(std::uint32_t point, std::string_view character) const {
    if (point < 0x250) return true;
    const std::string between = fmt::format("!{}!", character);
    const CharClass own = char_classes()[point];
    return (cut(*letters_, between).size() == 3) == (own == CharClass::kLetter) &&
           (cut(*numbers_, between).size() == 3) == (own == CharClass::kNumber);
  }

  std::vector<std::unique_ptr<WordRule>> written_, expressions_;
  std::unique_ptr<WordRule> letters_ = make_regex_rule(R"(\p{L})"), numbers_ = make_regex_rule(R"(\p{N})");
};

// A row that holds the bytes as they are is refused, so that no tokenizer ever sees them.
void check_refused(std::string_view bytes) {
  std::string row = R"({"text": ")";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') row += c;
  }
  row += "\"}";
  if (simdjson::validate_utf8(row)) return;  // what was left out was all that was wrong
  HONE_ASSERT(std::holds_alternative<BadLine>(parse_chat(row, {RowFormat::kText, {}, false})));
}

void check_file(std::string_view json) {
  try {
    const TokenizerModel model = model_of(json);
    Tokenizer tokenizer(model);
    for (const std::string text : kTexts) {
      std::vector<std::uint32_t> ids;
      tokenizer.encode(text, AddedTokenPolicy::kAll, ids);
    }
  } catch (const Error& error) {
    // A rule that PCRE2 gives up on is found out by the text.
    HONE_ASSERT(error.code() == ExitCode::kData || error.code() == ExitCode::kRunTimeFailure);
  }
}

}  // namespace
}  // namespace hone

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace hone;
  static const Rules kRules;
  static const auto kTokenizers = known_tokenizers();
  const std::string text(reinterpret_cast<const char*>(bytes), count);
  if (text.starts_with('{')) check_file(text);
  if (!simdjson::validate_utf8(text)) {
    check_refused(text);
    return 0;
  }
  kRules.check(text);
  for (const auto& tokenizer : kTokenizers) tokenizer->check(text);
  return 0;
}
