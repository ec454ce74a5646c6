// The two rules of the layout that no linker keeps: each third party is seen in its own place alone, and a
// folder includes only folders above it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {
namespace {

using Names = std::vector<std::string>;

struct Include {
  std::string file;    // from the root of the source
  std::string header;  // as written, its bracket or quote in front: `<mpi.h`, `"base/error.hpp`
};

std::vector<Include> includes() {
  const std::filesystem::path root = HONE_SOURCE_DIR;
  std::vector<Include> found;
  for (const char* folder : {"src", "preprocess"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file()) continue;
      std::istringstream text(read_text_file(entry.path()));
      for (std::string line; std::getline(text, line);) {
        const std::size_t begin = line.find_first_of("<\"");
        if (!line.starts_with("#include") || begin == std::string::npos) continue;
        found.push_back({std::filesystem::relative(entry.path(), root).string(),
                         line.substr(begin, line.find_first_of(">\"", begin + 1) - begin)});
      }
    }
  }
  return found;
}

struct Seam {
  std::string header;  // its beginning
  Names places;        // the beginnings of the paths that may include it
};

// What computes uses LibTorch; what describes, transports or prepares data does not.
const Names kCompute = {"src/model/", "src/zero/", "src/optim/", "src/train/", "src/tools/"};

const std::vector<Seam> kSeams = {
    {"<mpi.h", {"src/comm/"}},
    {"<nccl.h", {"src/comm/"}},
    {"<cuda", {"src/comm/"}},
    {"<ATen/cuda/", {}},  // nor LibTorch's own headers of it: a build without CUDA has the same sources
    {"<c10/cuda/", {}},
    {"<hdf5.h", {"src/dataset/hdf5.hpp"}},
    {"<boost/", {"src/base/command_line/", "src/train/config/given_flags.cpp"}},
    {"<openssl/", {"src/base/sha256.cpp"}},
    {"<nlohmann/", {"src/base/json.hpp"}},
    {"<spdlog/", {"src/base/log.cpp"}},
    {"<pcre2.h", {"preprocess/tokenizer/regex_rule.cpp"}},
    {"<zlib.h", {"preprocess/sources/gzip_source.cpp"}},
    {"<zstd.h", {"preprocess/sources/zstd_source.cpp"}},
    {"<utf8proc.h", {"preprocess/tokenizer/", "preprocess/jinja/"}},
    {"<ATen/", kCompute},
    {"<c10/", kCompute},
    {"<torch/", kCompute},
};

TEST(Includes, EachThirdPartyIsSeenInItsOwnPlaceAlone) {
  for (const Include& include : includes()) {
    for (const Seam& seam : kSeams) {
      if (!include.header.starts_with(seam.header)) continue;
      EXPECT_TRUE(std::ranges::any_of(seam.places,
                                      [&](const auto& place) { return include.file.starts_with(place); }))
          << include.file << " includes " << include.header << ">";
    }
  }
}

// The order in which src/CMakeLists.txt adds the libraries.
Names folder_order() {
  const std::string text = read_text_file(std::filesystem::path(HONE_SOURCE_DIR) / "src" / "CMakeLists.txt");
  const std::string head = "foreach(folder ";
  const std::size_t begin = text.find(head) + head.size();
  std::istringstream list(text.substr(begin, text.find(')', begin) - begin));
  return {std::istream_iterator<std::string>(list), {}};
}

// The folders that a file's own may see, itself included.
Names visible_from(const std::string& file, const Names& order) {
  if (file.starts_with("preprocess/")) return {"base", "dataset", "preprocess"};
  const std::string folder = file.substr(4, file.find('/', 4) - 4);  // behind `src/`
  if (folder == "tools") {
    Names all = order;
    all.insert(all.end(), {"preprocess", "inspect", "tools"});
    return all;
  }
  if (folder == "inspect") return {"base", "dataset", "preprocess", "inspect"};
  const auto place = std::ranges::find(order, folder);
  return {order.begin(), place == order.end() ? place : place + 1};
}

TEST(Includes, AFolderSeesOnlyFoldersAboveIt) {
  const Names order = folder_order();
  ASSERT_EQ(order.front(), "base");
  ASSERT_EQ(order.back(), "train");
  std::size_t own = 0;
  for (const Include& include : includes()) {
    if (!include.header.starts_with('"')) continue;
    ++own;
    const std::size_t slash = include.header.find('/');
    ASSERT_NE(slash, std::string::npos)
        << include.file << " names " << include.header << " without its folder";
    const std::string folder = include.header.substr(1, slash - 1);
    const Names visible = visible_from(include.file, order);
    EXPECT_TRUE(std::ranges::find(visible, folder) != visible.end())
        << include.file << " includes " << include.header << "\"";
  }
  EXPECT_GT(own, 100U);
}

}  // namespace
}  // namespace hone
