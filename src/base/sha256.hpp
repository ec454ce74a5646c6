#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

/// Incremental SHA-256 (FIPS 180-4), lower-case hexadecimal result.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(const void* data, std::size_t bytes);
  /// Ends the computation; call once.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_of(std::string_view text);
/// Throws Error(kData) when the file can't be read.
std::string sha256_of_file(const std::filesystem::path& path);
/// The same as long as `go_on` says so, which is asked for every MiB; nothing when it didn't.
std::optional<std::string> sha256_of_file_while(const std::filesystem::path& path,
                                                const std::function<bool()>& go_on);

}  // namespace hone
