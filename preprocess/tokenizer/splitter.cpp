#include "preprocess/tokenizer/splitter.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"

namespace hone {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  fail_data(fmt::format("tokenizer.json: pre_tokenizer {} is not supported", what),
            "known: Sequence, Split (Regex, Isolated), Digits, ByteLevel",
            "use a Qwen or GPT-2 style byte-level tokenizer");
}

}  // namespace

Splitter::Splitter(const Json& pre_tokenizer) {
  const auto type = pre_tokenizer.is_object() ? pre_tokenizer.value("type", "") : "";
  const auto add = [this](const std::string& pattern) { rules_.push_back(make_word_rule(pattern)); };
  if (type == "Sequence") {
    for (const Json& part : pre_tokenizer.at("pretokenizers")) {
      Splitter inner(part);
      for (auto& rule : inner.rules_) rules_.push_back(std::move(rule));
    }
  } else if (type == "Split") {
    const Json& pattern = pre_tokenizer.at("pattern");
    if (!pattern.contains("Regex") || pre_tokenizer.value("behavior", "") != "Isolated" ||
        pre_tokenizer.value("invert", false)) {
      refuse(fmt::format("Split {}", pre_tokenizer.dump()));
    }
    add(pattern.at("Regex").get<std::string>());
  } else if (type == "Digits") {
    add(pre_tokenizer.value("individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
  } else if (type == "ByteLevel") {
    if (pre_tokenizer.value("add_prefix_space", false)) refuse("ByteLevel with add_prefix_space");
    if (pre_tokenizer.value("use_regex", true)) add(std::string(kGpt2Pattern));
  } else {
    refuse(type.empty() ? pre_tokenizer.dump() : type);
  }
}

std::span<const std::size_t> Splitter::word_ends(std::string_view text) {
  ends_.assign(text.empty() ? 0 : 1, text.size());
  for (const auto& rule : rules_) {
    finer_.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends_) rule->cut(text, std::exchange(begin, end), end, finer_);
    std::swap(ends_, finer_);
  }
  return ends_;
}

}  // namespace hone
