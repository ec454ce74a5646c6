#include "tools/inspect_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "dataset/dataset.hpp"
#include "dataset/model_identity.hpp"
#include "dataset/verify.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {
namespace {

std::string count_text(std::uint64_t count) { return human_count(static_cast<std::int64_t>(count)); }

// The dataset's own copy of the tokenizer, so that rows can be read without the model.
TokenizerModel open_tokenizer(const Dataset& dataset) {
  const std::filesystem::path folder = dataset.folder() / "tokenizer";
  if (tokenizer_sha256(folder) != dataset.manifest().tokenizer_sha256) {
    fail_data(fmt::format("{} is not the tokenizer of its dataset", (folder / "tokenizer.json").string()),
              "its SHA-256 differs from the manifest's", "copy the whole dataset folder, or make it again");
  }
  return TokenizerModel(folder);
}

std::string text_of(const TokenizerModel& tokenizer, const std::vector<std::uint32_t>& ids,
                    const Dataset& dataset) {
  std::string text;
  for (const std::uint32_t id : ids) {
    if (id > dataset.manifest().max_id) {
      fail_data(fmt::format("{} is damaged", dataset.folder().string()),
                fmt::format("it holds the id {}, its largest is {}", id, dataset.manifest().max_id),
                "make the dataset again with hone-preprocess");
    }
    text += tokenizer.bytes_of(id);
  }
  return text;
}

// A row may end inside a character; those bytes become U+FFFD.
std::string json_text(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

void print_row(std::int64_t row, const Dataset::Source& source, const std::vector<std::uint32_t>& ids,
               const std::vector<std::uint8_t>& mask, const std::string& text, InspectFormat format) {
  if (format == InspectFormat::kJsonl) {
    fmt::print("{}\n", json_text({{"row", row},
                                  {"file", source.file},
                                  {"line", source.line},
                                  {"ids", ids},
                                  {"loss_mask", mask},
                                  {"text", text}}));
    return;
  }
  fmt::print("\nrow {} ({}:{}), {} tokens, {} targets\n{}\n", row, source.file, source.line, ids.size(),
             count_targets(mask), json_text(text));
}

void show_rows(const Dataset& dataset, const InspectOptions& options) {
  const TokenizerModel tokenizer = open_tokenizer(dataset);
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> mask;
  for (std::int64_t row = 0; row < std::min(options.show, dataset.rows()); ++row) {
    dataset.read_row(row, ids, mask);
    print_row(row, dataset.source(row), ids, mask, text_of(tokenizer, ids, dataset), options.format);
  }
}

void print_summary(const Dataset& dataset) {
  const Manifest& manifest = dataset.manifest();
  const auto& counts = manifest.counts;
  fmt::print("dataset    {}\n", dataset.folder().string());
  fmt::print("made by    {}\n", manifest.tool_version);
  fmt::print("tokenizer  {}\n", manifest.tokenizer_sha256);
  fmt::print("template   {}\n", manifest.chat_template.name);
  if (manifest.chat_template.system_prompt)
    fmt::print("system     {}\n", json_text(*manifest.chat_template.system_prompt));
  fmt::print("loss       {}\n", manifest.loss);
  fmt::print("max length {}\n", manifest.model_max_length);
  fmt::print("max id     {}\n", manifest.max_id);
  fmt::print("rows       {} ({} truncated, {} with an empty answer)\n", count_text(counts.rows),
             count_text(counts.truncated), count_text(counts.empty_answers));
  fmt::print("tokens     {}\n", count_text(counts.tokens));
  fmt::print("targets    {}\n", count_text(counts.targets));
  for (const auto& [reason, dropped] : counts.dropped)
    fmt::print("dropped    {}: {}\n", reason, count_text(dropped));
  std::vector<std::uint32_t> lengths(dataset.lengths().begin(), dataset.lengths().end());
  std::sort(lengths.begin(), lengths.end());
  fmt::print("lengths    {} to {}, median {}\n", lengths.front(), lengths.back(),
             lengths[lengths.size() / 2]);
  for (const auto& input : manifest.inputs) {
    fmt::print("input      {} ({}, SHA-256 {})\n", input.path, human_bytes(static_cast<double>(input.size)),
               input.sha256);
  }
  for (const auto& part : manifest.parts) {
    fmt::print("part       {}: {} rows, {} tokens, {}\n", part.file, count_text(part.rows),
               count_text(part.tokens), human_bytes(static_cast<double>(part.bytes)));
  }
}

}  // namespace

void inspect_dataset(const InspectOptions& options) {
  const bool verify = options.depth == InspectDepth::kVerify;
  const Dataset dataset =
      Dataset::open(options.path, verify ? DatasetCheck::kContents : DatasetCheck::kStructure);
  if (verify) {
    verify_rows(dataset);
    open_tokenizer(dataset);
  }
  if (options.format == InspectFormat::kText) print_summary(dataset);
  if (options.show > 0) show_rows(dataset, options);
  if (verify && options.format == InspectFormat::kText) fmt::print("verified   every part, row and count\n");
}

}  // namespace hone
