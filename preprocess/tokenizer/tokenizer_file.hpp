#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// tokenizer.json of a model folder: its two long tables, which are nearly all of it, beside the rest.
class TokenizerFile {
 public:
  /// Throws Error(kData) where the file is missing or not valid JSON.
  explicit TokenizerFile(const std::filesystem::path& folder);
  ~TokenizerFile();
  TokenizerFile(const TokenizerFile&) = delete;
  TokenizerFile& operator=(const TokenizerFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// All but `model.vocab` and `model.merges`.
  const Json& rest() const { return rest_; }
  /// Of a BPE model, spelt as in the file. Views live as long as this object. Throws Error(kData) where it is
  /// missing or of another type.
  std::vector<std::pair<std::string_view, std::uint32_t>> vocabulary() const;
  /// The same of both halves of each merge, in order of rank; "left right" is cut at its first space.
  std::vector<std::pair<std::string_view, std::string_view>> merges() const;

 private:
  struct Tree;
  [[noreturn]] void fail(const std::string& why) const;

  std::filesystem::path path_;
  std::unique_ptr<Tree> tree_;
  Json rest_;
};

}  // namespace hone
