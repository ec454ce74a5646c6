#include <gtest/gtest.h>

#include "base/error.hpp"
#include "preprocess/sources/gzip_source.hpp"
#include "preprocess/sources/zstd_source.hpp"
#include "preprocess/text_source.hpp"

namespace hone {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

const std::string kText = "hello\nworld\n";
// What `gzip -n9` and `zstd` make of it.
const std::string kGzip = bytes_of("1f8b0800000000000203cb48cdc9c9e72acf2fca49e10200ff5dc5c40c000000");
const std::string kZstd = bytes_of("28b52ffd045861000068656c6c6f0a776f726c640ab50e8717");

template <typename Source>
std::string unpacked(const std::string& packed, std::size_t piece) {
  TextSource file(packed, piece);
  Source source(file, "in");
  std::string text;
  char buffer[5];
  while (const std::size_t got = source.read(buffer, sizeof buffer)) text.append(buffer, got);
  return text;
}

template <typename Source>
std::string refusal(const std::string& packed) {
  try {
    unpacked<Source>(packed, 100);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    return error.what();
  }
  return "";
}

TEST(GzipSource, UnpacksMembersOneAfterTheOther) {
  for (const std::size_t piece : {1, 7, 1000}) {
    EXPECT_EQ(unpacked<GzipSource>(kGzip, piece), kText);
    EXPECT_EQ(unpacked<GzipSource>(kGzip + kGzip + kGzip, piece), kText + kText + kText);
    EXPECT_EQ(unpacked<GzipSource>(kGzip + std::string(10, '\0') + kGzip + std::string(600, '\0'), piece),
              kText + kText);
  }
}

TEST(GzipSource, WhatIsCutShortOrDamagedIsRefused) {
  for (std::size_t size = 2; size < kGzip.size(); ++size) {
    EXPECT_NE(refusal<GzipSource>(kGzip.substr(0, size)).find("cut short"), std::string::npos) << size;
    EXPECT_NE(refusal<GzipSource>(kGzip + kGzip.substr(0, size)).find("cut short"), std::string::npos)
        << size;
  }
  std::string damaged = kGzip;
  damaged[kGzip.size() - 6] ^= 1;  // of the checksum
  EXPECT_NE(refusal<GzipSource>(damaged).find("damaged (gzip: incorrect data check)"), std::string::npos);
  EXPECT_NE(refusal<GzipSource>(kGzip + "{}").find("damaged"), std::string::npos);
}

TEST(ZstdSource, UnpacksFramesOneAfterTheOther) {
  for (const std::size_t piece : {1, 7, 1000}) {
    EXPECT_EQ(unpacked<ZstdSource>(kZstd, piece), kText);
    EXPECT_EQ(unpacked<ZstdSource>(kZstd + kZstd + kZstd, piece), kText + kText + kText);
  }
}

TEST(ZstdSource, WhatIsCutShortOrDamagedIsRefused) {
  for (std::size_t size = 4; size < kZstd.size(); ++size) {
    EXPECT_NE(refusal<ZstdSource>(kZstd.substr(0, size)).find("cut short"), std::string::npos) << size;
    EXPECT_NE(refusal<ZstdSource>(kZstd + kZstd.substr(0, size)).find("cut short"), std::string::npos)
        << size;
  }
  std::string damaged = kZstd;
  damaged.back() ^= 1;  // of the checksum
  EXPECT_NE(refusal<ZstdSource>(damaged).find("damaged (zstd: "), std::string::npos);
  EXPECT_NE(refusal<ZstdSource>(kZstd + "{}{}").find("damaged (zstd: "), std::string::npos);
}

}  // namespace
}  // namespace hone
