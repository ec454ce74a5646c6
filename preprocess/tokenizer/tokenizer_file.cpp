#include "preprocess/tokenizer/tokenizer_file.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <limits>
#include <optional>

#include "base/byte_order_mark.hpp"
#include "base/error.hpp"

namespace hone {
namespace {

using simdjson::dom::element;

Json as_json(const element& value) { return Json::parse(simdjson::to_string(value)); }

}  // namespace

struct TokenizerFile::Tree {
  simdjson::dom::parser parser;
  std::optional<element> vocabulary, merges;
};

TokenizerFile::TokenizerFile(const std::filesystem::path& folder)
    : path_(folder / "tokenizer.json"), tree_(std::make_unique<Tree>()), rest_(Json::object()) {
  if (!std::filesystem::is_regular_file(path_)) {
    fail_data(fmt::format("{} holds no tokenizer", folder.string()), "tokenizer.json is missing",
              "give a Hugging Face model folder with a fast tokenizer as --tokenizer");
  }
  require_no_byte_order_mark(path_);
  const std::string text = read_text_file(path_);
  element root;
  if (const auto error = tree_->parser.parse(text).get(root)) {
    static_cast<void>(read_json_file(path_));  // says where
    fail_data(fmt::format("{}: not valid JSON", path_.string()), simdjson::error_message(error),
              "copy or download the model folder again");
  }
  simdjson::dom::object parts, model;
  if (root.get(parts) != simdjson::SUCCESS) fail("it is not an object");
  for (const auto field : parts) {
    Json& part = rest_[std::string(field.key)];
    if (field.key != "model" || field.value.get(model) != simdjson::SUCCESS) {
      part = as_json(field.value);
      continue;
    }
    part = Json::object();
    for (const auto own : model) {
      if (own.key == "vocab") {
        tree_->vocabulary = own.value;
      } else if (own.key == "merges") {
        tree_->merges = own.value;
      } else {
        part[std::string(own.key)] = as_json(own.value);
      }
    }
  }
}

TokenizerFile::~TokenizerFile() = default;

std::vector<std::pair<std::string_view, std::uint32_t>> TokenizerFile::vocabulary() const {
  simdjson::dom::object entries;
  if (!tree_->vocabulary || tree_->vocabulary->get(entries) != simdjson::SUCCESS)
    fail("model.vocab is not an object");
  std::vector<std::pair<std::string_view, std::uint32_t>> vocabulary;
  vocabulary.reserve(entries.size());
  for (const auto field : entries) {
    std::uint64_t id = 0;
    if (field.value.get(id) != simdjson::SUCCESS || id > std::numeric_limits<std::uint32_t>::max())
      fail(fmt::format("model.vocab: the id of '{}' is none", field.key));
    vocabulary.emplace_back(field.key, static_cast<std::uint32_t>(id));
  }
  return vocabulary;
}

std::vector<std::pair<std::string_view, std::string_view>> TokenizerFile::merges() const {
  simdjson::dom::array list;
  if (!tree_->merges || tree_->merges->get(list) != simdjson::SUCCESS) fail("model.merges is not a list");
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  merges.reserve(list.size());
  for (const element merge : list) {
    simdjson::dom::array pair;
    std::string_view left, right, text;
    if (merge.get(text) == simdjson::SUCCESS && text.find(' ') != std::string_view::npos) {
      left = text.substr(0, text.find(' '));
      right = text.substr(text.find(' ') + 1);
    } else if (merge.get(pair) != simdjson::SUCCESS || pair.size() != 2 ||
               pair.at(0).get(left) != simdjson::SUCCESS || pair.at(1).get(right) != simdjson::SUCCESS) {
      fail(fmt::format("merge {} is not two strings", merges.size()));
    }
    merges.emplace_back(left, right);
  }
  return merges;
}

void TokenizerFile::fail(const std::string& why) const {
  fail_data(fmt::format("{} is not what Hugging Face's tokenizers write", path_.string()), why,
            "copy or download the model folder again");
}

}  // namespace hone
