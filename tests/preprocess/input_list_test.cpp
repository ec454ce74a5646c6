#include "preprocess/input_list.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"

namespace hone {
namespace {

using Names = std::vector<std::string>;

class InputList : public testing::Test {
 protected:
  InputList() : folder_(testing::TempDir() + "hone-list-" + std::to_string(::getpid()) + "/") {
    std::filesystem::create_directories(folder_ + "sub");
    for (const char* name :
         {"b.jsonl", "a.jsonl", "B.jsonl", "a10.jsonl", "c.json", "x,y.jsonl", "[1].jsonl", "sub/d.jsonl"})
      std::ofstream{folder_ + name};
  }
  ~InputList() override { std::filesystem::remove_all(folder_); }

  Names in_folder(Names names) const {
    for (std::string& name : names) name = folder_ + name;
    return names;
  }
  Names expanded(const Names& words) const { return expand_inputs(in_folder(words)); }
  std::string refusal(const Names& words) const {
    try {
      expand_inputs(words);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.what();
    }
    return "";
  }

  std::string folder_;
};

TEST_F(InputList, PatternsBecomeTheFilesThatTheyMatchByTheBytesOfTheirNames) {
  EXPECT_EQ(expanded({"[aAbB]*.jsonl"}), in_folder({"B.jsonl", "a.jsonl", "a10.jsonl", "b.jsonl"}));
  EXPECT_EQ(expanded({"c.json", "?.jsonl"}), in_folder({"c.json", "B.jsonl", "a.jsonl", "b.jsonl"}));
  EXPECT_EQ(expanded({"*/*.jsonl"}), in_folder({"sub/d.jsonl"}));
}

TEST_F(InputList, AFileOfThatNameIsTakenAsItIs) {
  EXPECT_EQ(expanded({"[1].jsonl"}), in_folder({"[1].jsonl"}));
  EXPECT_EQ(expanded({"x,y.jsonl"}), in_folder({"x,y.jsonl"}));
  EXPECT_EQ(expand_inputs({"no such,file"}), (Names{"no such", "file"}));
}

TEST_F(InputList, WhatMatchesNothingIsRefused) {
  EXPECT_NE(refusal({folder_ + "*.parquet"}).find("*.parquet matches no file"), std::string::npos);
}

TEST_F(InputList, StandardInputComesOnce) {
  EXPECT_EQ(expand_inputs({"-", folder_ + "c.json"}), (Names{"-", folder_ + "c.json"}));
  EXPECT_NE(refusal({"-", "-"}).find("given twice"), std::string::npos);
}

}  // namespace
}  // namespace hone
