#include "checkpoint/model_fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "checkpoint/model_files.hpp"
#include "checkpoint/safetensors_file.hpp"

namespace hone {
namespace {

constexpr const char* kKind = "v1:";  // what is hashed, and how
constexpr std::uint64_t kPieces = 8;
constexpr std::uint64_t kPieceBytes = 4096;

void add_text(Sha256& hash, const std::string& text) { hash.update(text.data(), text.size()); }

void add_values(Sha256& hash, const SafetensorsFile& file, const TensorInfo& tensor) {
  const std::uint64_t bytes = tensor.end - tensor.begin;
  std::vector<char> values(std::min(bytes, kPieces * kPieceBytes));
  if (bytes <= values.size()) {
    file.read(tensor, 0, bytes, values.data());
  } else {
    const std::uint64_t last = bytes - kPieceBytes;
    for (std::uint64_t i = 0; i < kPieces; ++i)
      file.read(tensor, last * i / (kPieces - 1), kPieceBytes, values.data() + i * kPieceBytes);
  }
  hash.update(values.data(), values.size());
}

}  // namespace

std::string model_fingerprint(const std::filesystem::path& folder) {
  Json config = read_json_file(folder / "config.json");
  for (const char* key : {"transformers_version", "_name_or_path"}) config.erase(key);
  const ModelFiles named = model_files(folder);
  std::deque<SafetensorsFile> files;
  std::map<std::string, std::pair<const SafetensorsFile*, const TensorInfo*>> tensors;
  for (const std::string& name : named.names) {
    const SafetensorsFile& file = files.emplace_back(folder / name);
    for (const auto& [tensor, info] : file.tensors()) {
      if (named.counts(tensor, name)) tensors[tensor] = {&file, &info};
    }
  }
  Sha256 hash;
  add_text(hash, config.dump());
  for (const auto& [name, place] : tensors) {
    add_text(hash, fmt::format("\n{} {} {}\n", name, place.second->dtype, place.second->shape));
    add_values(hash, *place.first, *place.second);
  }
  return kKind + hash.finish();
}

bool is_model_fingerprint(const std::string& text) { return text.starts_with(kKind); }

}  // namespace hone
