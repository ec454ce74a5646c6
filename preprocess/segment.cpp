#include "preprocess/segment.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

// Hands the bytes from `begin` on over in pieces until `take` says that it has enough, or the file ends.
void read_pieces(const std::filesystem::path& path, std::uint64_t begin,
                 const std::function<bool(std::string_view)>& take) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(begin));
  std::string piece(kPiece, '\0');
  bool enough = false;
  while (!enough && file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    enough = got == 0 || take(std::string_view(piece).substr(0, got));
  }
  if (!enough && !file.eof()) fail_run("reading " + path.string() + " failed", "", "check the path and disk");
}

}  // namespace

std::uint64_t line_start(const std::filesystem::path& file, std::uint64_t byte) {
  if (byte == 0) return 0;
  std::uint64_t at = byte - 1;  // the line break before may be the byte before
  bool found = false;
  read_pieces(file, at, [&](std::string_view piece) {
    const std::size_t end = piece.find('\n');
    found = end != std::string_view::npos;
    at += found ? end + 1 : piece.size();
    return found;
  });
  return at;
}

std::uint64_t lines_before(const std::filesystem::path& file, std::uint64_t byte) {
  std::uint64_t lines = 0, left = byte;
  if (byte == 0) return 0;
  read_pieces(file, 0, [&](std::string_view piece) {
    piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size())));
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    left -= piece.size();
    return left == 0;
  });
  return lines;
}

}  // namespace hone
