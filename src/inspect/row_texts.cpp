#include "inspect/row_texts.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "dataset/model_identity.hpp"

namespace hone {
namespace {

std::filesystem::path tokenizer_folder(const Dataset& dataset) {
  const std::filesystem::path folder = dataset.folder() / "tokenizer";
  const std::filesystem::path file = folder / "tokenizer.json";
  const char* const remedy = "copy the whole dataset folder, or make it again";
  if (!std::filesystem::is_regular_file(file))
    fail_data(fmt::format("{} is missing", file.string()), "rows are read by it", remedy);
  if (tokenizer_sha256(folder) != dataset.manifest().tokenizer_sha256) {
    fail_data(fmt::format("{} is not the tokenizer of its dataset", file.string()),
              "its SHA-256 differs from the manifest's", remedy);
  }
  return folder;
}

}  // namespace

RowTexts::RowTexts(const Dataset& dataset) : dataset_(dataset), tokenizer_(tokenizer_folder(dataset)) {
  const auto max_id = dataset.manifest().max_id;
  if (tokenizer_.bytes_of(static_cast<std::uint32_t>(max_id)).empty()) {
    fail_data(fmt::format("{} is damaged", (dataset.folder() / "manifest.json").string()),
              fmt::format("it says the largest id is {}, which the tokenizer doesn't have", max_id),
              "make the dataset again with hone-preprocess");
  }
}

void RowTexts::read(std::int64_t row, Row& out) const {
  dataset_.read_row(row, out);
  for (const std::uint32_t id : out.ids) {
    if (id <= dataset_.manifest().max_id) continue;
    fail_data(fmt::format("{} is damaged", dataset_.folder().string()),
              fmt::format("row {} holds the id {}, the largest is {}", row, id, dataset_.manifest().max_id),
              "make the dataset again with hone-preprocess");
  }
}

std::string RowTexts::bytes_of(const Row& row) const {
  std::string bytes;
  for (const std::uint32_t id : row.ids) bytes += tokenizer_.bytes_of(id);
  return bytes;
}

std::string RowTexts::place_of(const Row& row) const {
  const std::string& file = dataset_.manifest().inputs[row.source_file].path;
  return fmt::format("{}:{}", harmless_text(file), row.source_line);
}

}  // namespace hone
