#include "preprocess/output_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.hpp"
#include "base/json.hpp"
#include "dataset/manifest.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;
using Existing = OutputFolder::Existing;

// Folders stand in for datasets: what makes one is its manifest, which here holds a word.
class Output : public testing::Test {
 protected:
  void SetUp() override {
    parent_ = fs::path(testing::TempDir()) / ("hone-output-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(parent_);
    fs::create_directories(parent_);
  }
  void TearDown() override { fs::remove_all(parent_); }

  static void write(const fs::path& folder, const std::string& word) {
    fs::create_directories(folder);
    std::ofstream(folder / "manifest.json") << word;
    std::ofstream(folder / ("part-of-" + word)) << word;
  }
  static std::string word_in(const fs::path& folder) { return read_text_file(folder / "manifest.json"); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(parent_), fs::directory_iterator()));
  }

  fs::path parent_;
};

TEST_F(Output, IsThereWholeOrNotAtAll) {
  {
    const OutputFolder output(parent_ / "data", Existing::kRefuse);
    write(output.path(), "new");
    EXPECT_FALSE(fs::exists(parent_ / "data"));
  }
  EXPECT_EQ(entries(), 0U);
  OutputFolder output(parent_ / "data", Existing::kRefuse);
  write(output.path(), "new");
  output.finish();
  EXPECT_EQ(word_in(parent_ / "data"), "new");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Output, KeepsTheEarlierDatasetUntilTheNewOneIsFinished) {
  write(parent_ / "data", "old");
  {
    const OutputFolder output(parent_ / "data", Existing::kReplace);
    write(output.path(), "new");
    EXPECT_EQ(word_in(parent_ / "data"), "old");
  }
  EXPECT_EQ(word_in(parent_ / "data"), "old");
  OutputFolder output(parent_ / "data/", Existing::kReplace);
  write(output.path(), "new");
  output.finish();
  EXPECT_EQ(word_in(parent_ / "data"), "new");
  EXPECT_FALSE(fs::exists(parent_ / "data" / "part-of-old"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Output, PutsTheEarlierDatasetBackWhenTheNewOneCannotTakeItsName) {
  write(parent_ / "data", "old");
  OutputFolder output(parent_ / "data", Existing::kReplace);
  write(output.path(), "new");
  const fs::path moved_away = parent_ / "elsewhere";
  struct Mover {
    ~Mover() { fs::remove_all(path); }
    fs::path path;
  } mover{moved_away};
  fs::rename(output.path(), moved_away);
  EXPECT_ANY_THROW(output.finish());
  EXPECT_EQ(word_in(parent_ / "data"), "old");
}

// The three states in which a kill can leave a replacement, made by hand.
TEST_F(Output, KilledBetweenTheTwoRenamesIsRecoveredByTheNextRun) {
  write(replaced_path(parent_ / "data"), "old");
  write(parent_ / "data.tmp-1", "new");
  try {
    read_manifest(parent_ / "data");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    EXPECT_NE(std::string(error.what()).find(replaced_path(parent_ / "data").string()), std::string::npos);
  }
  EXPECT_THROW(OutputFolder(parent_ / "data", Existing::kRefuse), Error);
  EXPECT_EQ(word_in(parent_ / "data"), "old");
  EXPECT_FALSE(fs::exists(replaced_path(parent_ / "data")));
}

TEST_F(Output, KilledBeforeTheEarlierDatasetWasRemovedLosesOnlyThat) {
  write(parent_ / "data", "new");
  write(replaced_path(parent_ / "data"), "old");
  EXPECT_THROW(OutputFolder(parent_ / "data", Existing::kRefuse), Error);
  EXPECT_EQ(word_in(parent_ / "data"), "new");
  EXPECT_FALSE(fs::exists(replaced_path(parent_ / "data")));
}

TEST_F(Output, WhatIsHalfRemovedIsNeverPutBack) {
  write(replaced_path(parent_ / "data"), "old");
  fs::remove(replaced_path(parent_ / "data") / "manifest.json");
  const OutputFolder output(parent_ / "data", Existing::kRefuse);
  EXPECT_FALSE(fs::exists(parent_ / "data"));
  EXPECT_FALSE(fs::exists(replaced_path(parent_ / "data")));
}

TEST_F(Output, ReplacesWhatALinkLeadsTo) {
  write(parent_ / "disk" / "data", "old");
  fs::create_directory_symlink(parent_ / "disk" / "data", parent_ / "data");
  OutputFolder output(parent_ / "data", Existing::kReplace);
  write(output.path(), "new");
  output.finish();
  EXPECT_TRUE(fs::is_symlink(parent_ / "data"));
  EXPECT_EQ(word_in(parent_ / "disk" / "data"), "new");
}

TEST_F(Output, LeavesAloneWhatAnotherRunPutUnderTheNameMeanwhile) {
  OutputFolder output(parent_ / "data", Existing::kRefuse);
  write(output.path(), "late");
  write(parent_ / "data", "early");
  EXPECT_THROW(output.finish(), Error);
  EXPECT_EQ(word_in(parent_ / "data"), "early");
}

TEST_F(Output, TheRootAndWhatIsNoDatasetAreRefusedWhateverTheSlashes) {
  for (const char* name : {"/", "//", "/./"})
    EXPECT_THROW(OutputFolder(name, Existing::kReplace), Error) << name;
}

TEST_F(Output, ADotStandsForTheFolderItself) {
  fs::create_directories(parent_ / "data");
  OutputFolder output(parent_ / "data" / ".", Existing::kRefuse);
  write(output.path(), "new");
  output.finish();
  EXPECT_EQ(word_in(parent_ / "data"), "new");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Output, TheWorkingFolderIsRefusedBeforeAnyWork) {
  write(parent_ / "data", "old");
  const fs::path before = fs::current_path();
  fs::current_path(parent_ / "data");
  EXPECT_THROW(require_output_free(".", Existing::kReplace), Error);
  EXPECT_THROW(OutputFolder(".", Existing::kReplace), Error);
  fs::current_path(before);
  EXPECT_EQ(word_in(parent_ / "data"), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Output, NeverOverwritesWhatIsNoDataset) {
  fs::create_directories(parent_ / "thesis");
  std::ofstream(parent_ / "thesis" / "chapter1") << "x";
  std::ofstream(parent_ / "file");
  for (const char* name : {"thesis", "file"})
    EXPECT_THROW(OutputFolder(parent_ / name, Existing::kReplace), Error);
  EXPECT_TRUE(fs::exists(parent_ / "thesis" / "chapter1"));
}

}  // namespace
}  // namespace hone
