#include "base/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/file_pieces.hpp"

namespace hone {

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;

void Sha256::update(const void* data, std::size_t bytes) { EVP_DigestUpdate(context_->evp, data, bytes); }

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_->evp, digest.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string sha256_of(std::string_view text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  return hash.finish();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  return sha256_of_file_while(path, [] { return true; }).value();
}

std::optional<std::string> sha256_of_file_while(const std::filesystem::path& path,
                                                const std::function<bool()>& go_on) {
  Sha256 hash;
  const bool all = read_in_pieces_while(path, [&](std::string_view piece) {
    hash.update(piece.data(), piece.size());
    return go_on();
  });
  return all ? std::optional(hash.finish()) : std::nullopt;
}

}  // namespace hone
