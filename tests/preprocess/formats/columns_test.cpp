#include "preprocess/formats/columns.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

std::string refusal(const std::vector<std::string>& assignments) {
  try {
    const Columns columns(assignments);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return "";
}

TEST(Columns, NameTheFieldOfARow) {
  const Columns columns({"messages=dialog", "tools=a=b"});
  EXPECT_EQ(columns.field("messages"), "dialog");
  EXPECT_EQ(columns.field("tools"), "a=b");
  EXPECT_EQ(columns.field("text"), "text");
}

TEST(Columns, WhatNamesNoFieldIsRefused) {
  EXPECT_NE(refusal({"mesages=x"}).find("did you mean 'messages'?"), std::string::npos);
  EXPECT_NE(refusal({"messages"}).find("is no NAME=FIELD"), std::string::npos);
  EXPECT_NE(refusal({"messages="}).find("is no NAME=FIELD"), std::string::npos);
  EXPECT_NE(refusal({"text=a", "text=b"}).find("twice"), std::string::npos);
  EXPECT_NE(refusal({"prompt=a", "completion=a"}).find("read one field"), std::string::npos);
}

}  // namespace
}  // namespace hone
