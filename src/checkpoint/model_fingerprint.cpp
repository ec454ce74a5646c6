#include "checkpoint/model_fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

namespace hone {
namespace {

constexpr std::uint64_t kPieces = 64;
constexpr std::uint64_t kPieceBytes = 4096;

void add_pieces(Sha256& hash, const std::filesystem::path& path, std::uint64_t size) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> piece(kPieceBytes);
  const std::uint64_t last = size > kPieceBytes ? size - kPieceBytes : 0;
  for (std::uint64_t i = 0; i < kPieces; ++i) {
    file.clear();
    file.seekg(
        static_cast<std::streamoff>(last / (kPieces - 1) * i + last % (kPieces - 1) * i / (kPieces - 1)));
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (file.bad() || file.gcount() == 0)
      fail_data(fmt::format("can't read {}", path.string()), std::strerror(errno), "check the model folder");
    hash.update(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
}

}  // namespace

std::string model_fingerprint(const std::filesystem::path& folder) {
  Json config = read_json_file(folder / "config.json");
  for (const char* key : {"transformers_version", "_name_or_path"}) config.erase(key);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  const std::string text = config.dump();
  hash.update(text.data(), text.size());
  for (const auto& path : files) {
    const std::uint64_t size = std::filesystem::file_size(path);
    const std::string line = fmt::format("\n{} {}\n", path.filename().string(), size);
    hash.update(line.data(), line.size());
    add_pieces(hash, path, size);
  }
  return hash.finish();
}

}  // namespace hone
