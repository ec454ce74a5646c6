#include "base/file_pieces.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.hpp"
#include "base/open_files.hpp"

namespace hone {
namespace {

[[noreturn]] void fail_to_read(const std::filesystem::path& path, const std::string& reason) {
  if (is_lack_of_open_files(reason)) fail_for_lack_of_open_files(path.string(), reason);
  fail_data(fmt::format("can't read {}", path.string()), reason, "check the path");
}

}  // namespace

void read_in_pieces(const std::filesystem::path& path, const std::function<void(std::string_view)>& take) {
  read_in_pieces_while(path, [&](std::string_view piece) {
    take(piece);
    return true;
  });
}

bool read_in_pieces_while(const std::filesystem::path& path,
                          const std::function<bool(std::string_view)>& take) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> buffer(std::size_t{1} << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    if (!take({buffer.data(), static_cast<std::size_t>(file.gcount())})) return false;
  }
  // A folder opens and fails only when it is read, as a bad disk does.
  if (!file.is_open() || file.bad()) fail_to_read(path, std::strerror(errno));
  return true;
}

}  // namespace hone
