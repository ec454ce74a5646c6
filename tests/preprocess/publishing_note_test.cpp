#include "preprocess/publishing_note.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hone {
namespace {

namespace fs = std::filesystem;

class Note : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(parent_); }
  void TearDown() override { fs::remove_all(parent_); }

  fs::path dataset(const std::string& name, const std::string& manifest) const {
    fs::create_directories(parent_ / name);
    std::ofstream(parent_ / name / "manifest.json") << manifest;
    return parent_ / name;
  }

  fs::path parent_ = fs::path(testing::TempDir()) / ("hone-note-" + std::to_string(::getpid()));
  PublishingNote note_{parent_};
};

TEST_F(Note, IsOfWhatWasMadeForAnOutputUnderAnySpellingOfItsName) {
  note_.write({{parent_ / "out", dataset("new", "mine")}});
  EXPECT_FALSE(note_.is_of(parent_ / "out"));  // nothing is there yet
  dataset("out", "mine");
  fs::create_directory_symlink(parent_ / "out", parent_ / "link");
  for (const char* name : {"out", "out/", "./out", "link"}) EXPECT_TRUE(note_.is_of(parent_ / name)) << name;
}

TEST_F(Note, IsNeitherOfOtherDatasetsThereNorOfItsOwnElsewhere) {
  const fs::path made = dataset("new", "mine");
  note_.write({{parent_ / "out", made}});
  EXPECT_FALSE(note_.is_of(made));
  EXPECT_FALSE(note_.is_of(dataset("out", "another")));
}

TEST_F(Note, OneThatWasNeverWrittenIsOfNothing) { EXPECT_FALSE(note_.is_of(dataset("out", "mine"))); }

}  // namespace
}  // namespace hone
