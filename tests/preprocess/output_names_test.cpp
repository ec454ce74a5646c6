#include "preprocess/output_names.hpp"

#include <initializer_list>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

class OutputNames : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    options_.output = (folder() / "data").string();
  }
  std::string below(const char* name) const { return (folder() / name).string(); }
  void expect_refused(const std::string& part) const {
    const std::string line = refusal(ExitCode::kUsage, [this] { require_apart(options_); });
    EXPECT_NE(line.find(part), std::string::npos) << line;
  }
  void expect_fine() const { EXPECT_NO_THROW(require_apart(options_)); }

  PreprocessOptions options_;
};

TEST_F(OutputNames, LieBesideTheFolderThatTheNameMeans) {
  for (const char* const name : {"data", "data/", "data//"}) {
    EXPECT_EQ(new_path(folder() / name), folder() / "data.hone-new");
    EXPECT_EQ(rejected_path(folder() / name), folder() / "data.rejected.jsonl");
  }
  fs::create_directory(folder() / "disk");
  fs::create_directory_symlink("disk/data", folder() / "link");
  EXPECT_EQ(new_path(folder() / "link"), folder() / "disk" / "data.hone-new");
}

TEST_F(OutputNames, FilesBesideTheOutputMayBeRead) {
  options_.inputs = {below("data.jsonl"), below("database/a.jsonl"), "-"};
  options_.tokenizer = below("model");
  options_.eval_output = below("data-eval");
  expect_fine();
}

TEST_F(OutputNames, WhatIsReadMustNotLieWhereTheRunReplacesOrRemoves) {
  fs::create_directory_symlink(folder(), folder() / "link");
  for (const char* const name :
       {"data", "data/a.jsonl", "data/deeper/a.jsonl", "data.hone-work/a.jsonl", "data.hone-new/a.jsonl",
        "data.hone-replaced/a.jsonl", "data.rejected.jsonl", "link/data/a.jsonl", "other/../data/a.jsonl"}) {
    options_.inputs = {below("fine.jsonl"), below(name)};
    expect_refused("--input " + below(name) + " can't be read where the output goes");
  }
  options_.inputs.clear();
  options_.tokenizer = below("data/tokenizer");
  expect_refused("--tokenizer " + below("data/tokenizer"));
}

TEST_F(OutputNames, ATemplateCountsWhereItIsAFileAndNotAName) {
  options_.chat_template = "data/template.jinja";
  expect_fine();
  fs::create_directory(folder() / "data");
  options_.chat_template = file("data/template.jinja", "x").string();
  expect_refused("--template " + options_.chat_template);
}

TEST_F(OutputNames, TheHeldOutRowsHaveNamesToo) {
  options_.eval_output = below("eval");
  options_.inputs = {below("eval.hone-new/a.jsonl")};
  expect_refused("can't be read where the output goes");
  // Bad lines are told of beside --output alone.
  options_.inputs = {below("eval.rejected.jsonl")};
  expect_fine();
}

TEST_F(OutputNames, TwoOutputsMustNotBeOneOrLieInOneAnother) {
  options_.eval_output = below("data/");
  expect_refused("they are one folder");
  for (const char* const name : {"data/eval", "data.hone-work/eval", "data.hone-replaced"}) {
    options_.eval_output = below(name);
    expect_refused("overlap");
  }
  options_.output = below("outer/data");
  options_.eval_output = below("outer");
  expect_refused("overlap");
}

}  // namespace
}  // namespace hone
