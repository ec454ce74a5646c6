// What fuzzing started from and what it found worth keeping, once more on every build.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/json.hpp"
#include "fuzz/fuzzer.hpp"

namespace hone {
namespace {

constexpr std::size_t kFewest = 20;  // files: less than that is no corpus

std::vector<std::filesystem::path> corpus() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(HONE_CORPUS)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Corpus, IsThere) { EXPECT_GE(corpus().size(), kFewest) << HONE_CORPUS; }

TEST(Corpus, EveryFilePassesTheFuzzersChecks) {
  for (const auto& file : corpus()) {
    SCOPED_TRACE(file.string());
    const std::string text = read_text_file(file);
    EXPECT_NO_THROW(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
}

}  // namespace
}  // namespace hone
