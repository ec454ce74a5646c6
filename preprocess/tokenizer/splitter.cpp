#include "preprocess/tokenizer/splitter.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <utility>

#include "base/error.hpp"

namespace hone {
namespace {

// GPT-2's rule (Radford et al. 2019), which ByteLevel with use_regex applies.
constexpr const char* kGpt2Rule =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
// Unicode's White_Space: what \s means to Hugging Face's engine. PCRE2's own \s counts U+180E too.
constexpr const char* kSpaces =
    R"(\x{09}-\x{0D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

std::string with_unicode_spaces(const std::string& pattern) {
  std::string result;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char escaped = pattern[++i];
      if (escaped == 's') {
        result += in_class ? kSpaces : fmt::format("[{}]", kSpaces);
      } else if (escaped == 'S' && !in_class) {
        result += fmt::format("[^{}]", kSpaces);
      } else {
        result += {c, escaped};
      }
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    result += c;
  }
  return result;
}

[[noreturn]] void refuse(const std::string& what) {
  fail_data(fmt::format("tokenizer.json: pre_tokenizer {} is not supported", what),
            "known: Sequence, Split (Regex, Isolated), Digits, ByteLevel",
            "use a Qwen or GPT-2 style byte-level tokenizer");
}

}  // namespace

/// One splitting rule: matches and what lies between them are words.
struct Splitter::Step {
  explicit Step(const std::string& pattern) {
    const std::string rule = with_unicode_spaces(pattern);
    int error = 0;
    PCRE2_SIZE offset = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(rule.data()), rule.size(), PCRE2_UTF | PCRE2_UCP,
                         &error, &offset, nullptr);
    if (code == nullptr) {
      PCRE2_UCHAR text[256];
      pcre2_get_error_message(error, text, sizeof text);
      refuse(fmt::format("pattern '{}' ({} at {})", pattern, reinterpret_cast<const char*>(text), offset));
    }
    jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
    match = pcre2_match_data_create_from_pattern(code, nullptr);
    stack = pcre2_jit_stack_create(64 * 1024, 16 * 1024 * 1024, nullptr);
    context = pcre2_match_context_create(nullptr);
    pcre2_jit_stack_assign(context, nullptr, stack);
  }
  ~Step() {
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // The next match at or after `from`; false when there is none.
  bool find(std::string_view text, std::size_t from, std::size_t& begin, std::size_t& end) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    const int found = jit ? pcre2_jit_match(code, subject, text.size(), from, 0, match, context)
                          : pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, match, context);
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0)
      fail_run("the splitting rule gave up on a text", fmt::format("PCRE2 error {}", found),
               "report the row");
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(match);
    begin = ends[0];
    end = ends[1];
    return end > begin;
  }

  pcre2_code* code;
  bool jit;
  pcre2_match_data* match;
  pcre2_jit_stack* stack;
  pcre2_match_context* context;
};

Splitter::Splitter(const Json& pre_tokenizer) {
  const auto type = pre_tokenizer.is_object() ? pre_tokenizer.value("type", "") : "";
  const auto add = [this](const std::string& pattern) { steps_.push_back(std::make_unique<Step>(pattern)); };
  if (type == "Sequence") {
    for (const Json& part : pre_tokenizer.at("pretokenizers")) {
      Splitter inner(part);
      for (auto& step : inner.steps_) steps_.push_back(std::move(step));
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
    if (pre_tokenizer.value("use_regex", true)) add(kGpt2Rule);
  } else {
    refuse(type.empty() ? pre_tokenizer.dump() : type);
  }
}

Splitter::~Splitter() = default;
Splitter::Splitter(Splitter&&) noexcept = default;

void Splitter::split(std::string_view text, const std::function<void(std::string_view)>& word) const {
  if (!text.empty()) split_from(0, text, word);
}

void Splitter::split_from(std::size_t step, std::string_view text,
                          const std::function<void(std::string_view)>& word) const {
  if (step == steps_.size()) return word(text);
  std::size_t done = 0, begin = 0, end = 0;
  while (done < text.size() && steps_[step]->find(text, done, begin, end)) {
    if (begin > done) split_from(step + 1, text.substr(done, begin - done), word);
    split_from(step + 1, text.substr(begin, end - begin), word);
    done = end;
  }
  if (done < text.size()) split_from(step + 1, text.substr(done), word);
}

}  // namespace hone
