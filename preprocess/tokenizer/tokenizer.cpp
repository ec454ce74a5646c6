#include "preprocess/tokenizer/tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/error.hpp"
#include "preprocess/tokenizer/byte_alphabet.hpp"
#include "preprocess/tokenizer/nfc.hpp"

namespace hone {
namespace {

constexpr std::uint32_t kLargestId = (1U << 24) - 1;  // keeps a damaged file from filling the memory
constexpr std::size_t kWordsAhead = 8;

[[noreturn]] void refuse(const std::string& what) {
  fail_data(fmt::format("tokenizer.json: {} is not supported", what), "ids would differ from Hugging Face's",
            "use a Qwen or GPT-2 style byte-level BPE tokenizer");
}

std::pair<std::string, std::string> parse_merge(const Json& merge) {
  if (merge.is_array() && merge.size() == 2)
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  const auto text = merge.get<std::string>();
  const auto space = text.find(' ');
  if (space == std::string::npos) refuse(fmt::format("merge '{}'", text));
  return {text.substr(0, space), text.substr(space + 1)};
}

[[noreturn]] void refuse_entry(const std::string& entry) {
  refuse(fmt::format("vocabulary entry '{}' outside the byte alphabet", entry));
}

std::string to_bytes(const std::string& entry) {
  const auto bytes = bytes_of_vocabulary_entry(entry);
  if (!bytes) refuse_entry(entry);
  return *bytes;
}

}  // namespace

TokenizerModel::TokenizerModel(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "tokenizer.json";
  if (!std::filesystem::is_regular_file(path)) {
    fail_data(fmt::format("{} holds no tokenizer", folder.string()), "tokenizer.json is missing",
              "give a Hugging Face model folder with a fast tokenizer as --tokenizer");
  }
  const Json json = read_json_file(path);
  try {
    read(json);
  } catch (const Json::exception& error) {
    fail_data(fmt::format("{} is not what Hugging Face's tokenizers write", path.string()), error.what(),
              "copy or download the model folder again");
  }
}

void TokenizerModel::read(const Json& json) {
  const Json none;
  const auto part = [&](const char* key) -> const Json& { return json.contains(key) ? json.at(key) : none; };

  if (const Json& normalizer = part("normalizer"); !normalizer.is_null()) {
    if (normalizer.value("type", "") != "NFC") refuse(fmt::format("normalizer {}", normalizer.dump()));
    nfc_ = true;
  }
  pre_tokenizer_ = part("pre_tokenizer");
  const Splitter checked(pre_tokenizer_);

  const Json& model = part("model");
  if (!model.is_object() || model.value("type", "") != "BPE") refuse("a model that is not BPE");
  for (const char* key : {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"}) {
    if (model.contains(key) && !model.at(key).is_null() && model.at(key) != "") {
      refuse(fmt::format("model.{} {}", key, model.at(key).dump()));
    }
  }
  if (model.value("byte_fallback", false)) refuse("model.byte_fallback");

  StringMap<std::uint32_t> vocabulary;
  const auto remember = [this](std::uint32_t id, const std::string& bytes) {
    if (id > kLargestId) refuse(fmt::format("the id {}", id));  // a negative one arrives as a huge one
    if (id >= bytes_.size()) bytes_.resize(id + 1);
    bytes_[id] = bytes;
  };
  if (part("added_tokens").is_array()) {
    added_ = AddedTokens(part("added_tokens"), [this](std::string_view text) { return normalised(text); });
  }
  for (const auto& [entry, id] : model.at("vocab").items()) {
    const auto bytes = bytes_of_vocabulary_entry(entry);
    // Some vocabularies list their control tokens too, spelt plainly; those are matched as added tokens
    // alone.
    if (!bytes && added_id(entry)) continue;
    if (!bytes) refuse_entry(entry);
    vocabulary.emplace(*bytes, id.get<std::uint32_t>());
    remember(id.get<std::uint32_t>(), *bytes);
  }
  for (const AddedToken& token : added_.all()) remember(token.id, token.content);
  std::vector<std::pair<std::string, std::string>> merges;
  for (const Json& merge : model.at("merges")) {
    const auto [left, right] = parse_merge(merge);
    merges.emplace_back(to_bytes(left), to_bytes(right));
  }
  bpe_.emplace(std::move(vocabulary), merges, model.value("ignore_merges", false));
}

std::optional<std::uint32_t> TokenizerModel::added_id(std::string_view content) const {
  for (const AddedToken& token : added_.all()) {
    if (token.content == content) return token.id;
  }
  return std::nullopt;
}

std::string TokenizerModel::normalised(std::string_view text) const {
  return is_normalised(text) ? std::string(text) : to_nfc(text);
}

bool TokenizerModel::is_normalised(std::string_view text) const { return !nfc_ || is_surely_nfc(text); }

std::string_view TokenizerModel::bytes_of(std::uint32_t id) const {
  return id < bytes_.size() ? std::string_view(bytes_[id]) : std::string_view();
}

Tokenizer::Tokenizer(const TokenizerModel& model) : model_(model), splitter_(model.pre_tokenizer()) {}

namespace {

// Appends the ids of a stage's tokens in `text`, and calls `rest` for what lies before, between and after
// them: the piece and where it begins.
template <typename Rest>
void cut_at_tokens(const AddedTokens& added, AddedTokens::Stage stage, std::string_view text,
                   std::span<const TextSpan> content, std::vector<std::uint32_t>& ids, const Rest& rest) {
  std::size_t done = 0;
  while (const auto match = added.find(stage, text, done, content)) {
    rest(text.substr(done, match->begin - done), done);
    ids.push_back(match->id);
    done = match->end;
  }
  rest(text.substr(done), done);
}

// The part of the spans that lies in [begin, begin + size), counted from `begin`.
std::vector<TextSpan> spans_inside(std::span<const TextSpan> spans, std::size_t begin, std::size_t size) {
  std::vector<TextSpan> inside;
  for (const TextSpan& span : spans) {
    if (span.end <= begin || span.begin >= begin + size) continue;
    inside.push_back({std::max(span.begin, begin) - begin, std::min(span.end, begin + size) - begin});
  }
  return inside;
}

bool is_all(std::span<const TextSpan> spans, std::string_view text) {
  return spans.size() == 1 && spans[0].begin == 0 && spans[0].end >= text.size();
}

}  // namespace

void Tokenizer::encode(std::string_view text, AddedTokenPolicy policy, std::vector<std::uint32_t>& ids) {
  const TextSpan all{0, std::string_view::npos};
  encode(text, policy == AddedTokenPolicy::kAll ? std::span<const TextSpan>() : std::span(&all, 1), ids);
}

void Tokenizer::encode(std::string_view text, std::span<const TextSpan> content,
                       std::vector<std::uint32_t>& ids) {
  const bool uniform = content.empty() || is_all(content, text);
  cut_at_tokens(model_.added(), AddedTokens::Stage::kRaw, text, content, ids,
                [&](std::string_view piece, std::size_t begin) {
                  std::vector<TextSpan> inside;
                  if (!uniform) inside = spans_inside(content, begin, piece.size());
                  const std::span<const TextSpan> own = uniform ? content : std::span<const TextSpan>(inside);
                  if (model_.is_normalised(piece)) {
                    encode_normalised(piece, own, ids);
                  } else if (own.empty()) {
                    encode_normalised(model_.normalised(piece), own, ids);
                  } else {
                    // Where content came to lie is not known after NFC, so all of the piece counts as
                    // content.
                    const TextSpan all{0, std::string_view::npos};
                    encode_normalised(model_.normalised(piece), std::span(&all, 1), ids);
                  }
                });
}

void Tokenizer::encode_normalised(std::string_view text, std::span<const TextSpan> content,
                                  std::vector<std::uint32_t>& ids) {
  cut_at_tokens(model_.added(), AddedTokens::Stage::kNormalised, text, content, ids,
                [&](std::string_view piece, std::size_t) { encode_words(piece, ids); });
}

void Tokenizer::encode_words(std::string_view text, std::vector<std::uint32_t>& ids) {
  const std::span<const std::size_t> ends = splitter_.word_ends(text);
  const auto word = [&](std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return text.substr(begin, ends[i] - begin);
  };
  // The cache is larger than the processor's near ones, so slots are asked for some words ahead.
  std::array<std::size_t, kWordsAhead> slots{};
  for (std::size_t i = 0; i < ends.size() + kWordsAhead; ++i) {
    std::size_t& slot = slots[i % kWordsAhead];
    if (i >= kWordsAhead) encode_word(word(i - kWordsAhead), slot, ids);
    if (i < ends.size()) words_.prefetch(slot = WordCache::slot_of(word(i)));
  }
}

void Tokenizer::encode_word(std::string_view word, std::size_t slot, std::vector<std::uint32_t>& ids) {
  if (const auto known = words_.find(word, slot); !known.empty()) {
    ids.insert(ids.end(), known.begin(), known.end());
    return;
  }
  const std::size_t before = ids.size();
  model_.bpe().encode_word(word, ids);
  words_.put(word, slot, std::span(ids).subspan(before));
}

}  // namespace hone
