// Against the examples that NIST publishes for FIPS 180-4 and the CAVP byte-oriented vectors.
#include "base/sha256.hpp"

#include <algorithm>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

constexpr const char* kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kOfAMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

class Sha256OfFile : public Folder {};

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_of(""), kOfNothing);
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      sha256_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlm"
                "nopqrsmnopqrstnopqrstu"),
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(sha256_of("\xBD"), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')), kOfAMillionA);
}

TEST(Sha256, PiecesOfAnySizeGiveTheDigestOfTheWhole) {
  for (const std::size_t piece : {1, 63, 64, 65, 4099}) {
    const std::string text(1'000'000, 'a');
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece)
      hash.update(text.data() + at, std::min(piece, text.size() - at));
    EXPECT_EQ(hash.finish(), kOfAMillionA) << piece;
  }
}

TEST_F(Sha256OfFile, IsThatOfItsBytes) {
  EXPECT_EQ(sha256_of_file(file("empty", "")), kOfNothing);
  EXPECT_EQ(sha256_of_file(file("million", std::string(1'000'000, 'a'))), kOfAMillionA);
  // Longer than the reading buffer, and not a multiple of it.
  const std::string large = std::string(std::size_t{3} << 20, '\0') + "\r\n\x1A";
  EXPECT_EQ(sha256_of_file(file("large", large)), sha256_of(large));
}

TEST_F(Sha256OfFile, WhatCannotBeReadIsRefusedNotHashedAsEmpty) {
  EXPECT_NE(refusal(ExitCode::kData, [&] { sha256_of_file(folder() / "missing"); }).find("missing"),
            std::string::npos);
  refusal(ExitCode::kData, [&] { sha256_of_file(folder()); });
  refusal(ExitCode::kData, [] { sha256_of_file("/proc/self/mem"); });  // opens, and reading fails
}

}  // namespace
}  // namespace hone
