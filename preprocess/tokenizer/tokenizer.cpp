#include "preprocess/tokenizer/tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/error.hpp"
#include "preprocess/tokenizer/added_token_ids.hpp"
#include "preprocess/tokenizer/byte_alphabet.hpp"
#include "preprocess/tokenizer/nfc.hpp"

namespace hone {
namespace {

constexpr std::uint32_t kLargestId = (1U << 24) - 1;  // keeps a damaged file from filling the memory
constexpr std::size_t kBatchWords = 32;

[[noreturn]] void refuse(const std::string& what) {
  fail_data(fmt::format("tokenizer.json: {} is not supported", what), "ids would differ from Hugging Face's",
            "use a Qwen or GPT-2 style byte-level BPE tokenizer");
}

[[noreturn]] void refuse_entry(std::string_view entry) {
  refuse(fmt::format("vocabulary entry '{}' outside the byte alphabet", entry));
}

}  // namespace

TokenizerModel::TokenizerModel(const std::filesystem::path& folder) {
  const TokenizerFile file(folder);
  try {
    read(file);
  } catch (const Json::exception& error) {
    fail_data(fmt::format("{} is not what Hugging Face's tokenizers write", file.path().string()),
              error.what(), "copy or download the model folder again");
  }
}

void TokenizerModel::read(const TokenizerFile& file) {
  const Json& json = file.rest();
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

  if (part("added_tokens").is_array()) {
    added_ = AddedTokens(part("added_tokens"), [this](std::string_view text) { return normalised(text); });
  }
  read_tables(file, model.value("ignore_merges", false));
}

void TokenizerModel::read_tables(const TokenizerFile& file, bool ignore_merges) {
  const auto remember = [this](std::uint32_t id, std::string_view bytes) {
    if (id > kLargestId) refuse(fmt::format("the id {}", id));
    if (id >= bytes_.size()) bytes_.resize(id + 1);
    bytes_[id] = bytes;
  };
  const auto entries = file.vocabulary();
  Vocabulary vocabulary(entries.size());
  bytes_.reserve(entries.size() + added_.all().size());
  std::string bytes;
  for (const auto& [entry, id] : entries) {
    bytes.clear();
    if (!append_bytes_of_entry(entry, bytes)) {
      // Some vocabularies list their control tokens too, spelt plainly; those are matched as added tokens
      // alone.
      if (added_id(entry)) continue;
      refuse_entry(entry);
    }
    vocabulary.insert(bytes, id);
    remember(id, bytes);
  }
  require_ids_that_are_given(added_.all(), entries);
  for (const AddedToken& token : added_.all()) remember(token.id, token.content);
  std::vector<TokenPair> merges;
  for (const auto& [left, right] : file.merges()) {
    bytes.clear();
    if (!append_bytes_of_entry(left, bytes)) refuse_entry(left);
    const std::size_t middle = bytes.size();
    if (!append_bytes_of_entry(right, bytes)) refuse_entry(right);
    const std::string_view both = bytes;
    const auto left_id = vocabulary.find(both.substr(0, middle)),
               right_id = vocabulary.find(both.substr(middle)), id = vocabulary.find(both);
    if (left.empty() || right.empty() || !left_id || !right_id || !id) {
      fail_data(fmt::format("tokenizer.json: merge {} is not made of vocabulary entries", merges.size()), "",
                "check the tokenizer folder");
    }
    merges.push_back({*left_id, *right_id, *id, both[middle - 1], both[middle]});
  }
  bpe_.emplace(std::move(vocabulary), merges, ignore_merges);
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
  // Words go in batches: the cache is larger than the processor's near ones, so a batch's places are all
  // asked for before any is looked at, and its ids are appended together.
  struct Word {
    ShortWord key;
    std::size_t place;
  };
  std::array<Word, kBatchWords> batch;
  std::array<std::uint32_t, (kBatchWords + 1) * ShortWordCache::kMaxIds> found;
  std::size_t begin = 0;
  for (std::size_t first = 0; first < ends.size(); first += kBatchWords) {
    const std::span<const std::size_t> batch_ends =
        ends.subspan(first, std::min(kBatchWords, ends.size() - first));
    for (std::size_t i = 0, from = begin; i < batch_ends.size(); from = batch_ends[i++]) {
      const std::size_t length = batch_ends[i] - from;
      ShortWord& key = batch[i].key;
      if (length > ShortWord::kMaxBytes) {
        key = ShortWord();
      } else if (from + sizeof(ShortWord) <= text.size()) {
        key = ShortWord::of(text.data() + from, length);
      } else {
        key = ShortWord::of(text.substr(from, length));
      }
      short_words_.prefetch(batch[i].place = ShortWordCache::place_of(key));
    }
    std::size_t count = 0;
    for (std::size_t i = 0; i < batch_ends.size(); begin = batch_ends[i++]) {
      const std::size_t known = short_words_.find(batch[i].key, batch[i].place, &found[count]);
      count += known;
      if (known > 0) continue;
      ids.insert(ids.end(), found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count));
      count = 0;
      const std::size_t before = ids.size();
      const std::string_view word = text.substr(begin, batch_ends[i] - begin);
      if (word.size() > ShortWord::kMaxBytes) {
        encode_long_word(word, ids);
        continue;
      }
      model_.bpe().encode_word(word, ids);
      short_words_.put(batch[i].key, batch[i].place, std::span(ids).subspan(before));
    }
    ids.insert(ids.end(), found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

void Tokenizer::encode_long_word(std::string_view word, std::vector<std::uint32_t>& ids) {
  const std::size_t slot = WordCache::slot_of(word);
  if (const auto known = long_words_.find(word, slot); !known.empty()) {
    ids.insert(ids.end(), known.begin(), known.end());
    return;
  }
  const std::size_t before = ids.size();
  model_.bpe().encode_word(word, ids);
  long_words_.put(word, slot, std::span(ids).subspan(before));
}

}  // namespace hone
