#include "preprocess/unknown_keys.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace hone {
namespace {

Chat chat_with(const std::string& key) {
  Chat chat;
  chat.messages = {{{"role", "user"}, {"content", "q"}, {"name", "n"}, {key, 1}},
                   {{"role", "assistant"}, {"content", "a"}, {key, 2}}};
  return chat;
}

std::string warned(const UnknownKeys& keys) {
  testing::internal::CaptureStderr();
  keys.warn({"a.jsonl", "b.jsonl"});
  return testing::internal::GetCapturedStderr();
}

TEST(UnknownKeys, AreCountedAndToldOfWithTheirFirstPlace) {
  UnknownKeys keys, later;
  keys.add(chat_with("mood"), {1, 7, 70, ""});
  later.add(chat_with("mood"), {1, 9, 90, ""});
  later.add(chat_with("weight"), {1, 10, 95, ""});
  keys.add(later);
  const std::string text = warned(keys);
  EXPECT_NE(text.find("the key 'mood' of messages is not known (4 times, first at b.jsonl:7 (byte 70))"),
            std::string::npos)
      << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(UnknownKeys, AreShownHarmlessAndShort) {
  UnknownKeys keys;
  keys.add(chat_with("\x1b[2J\nwarning: " + std::string(5000, 'x')), {0, 1, 0, ""});
  const std::string text = warned(keys);
  EXPECT_NE(text.find("the key '\\x1b[2J\\nwarning: xxx"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_LT(text.size(), 500U);
}

TEST(UnknownKeys, ARowOfManyDoesNotFillTheScreen) {
  UnknownKeys keys;
  for (int i = 0; i < 500; ++i) keys.add(chat_with(fmt::format("key{}", i)), {0, 1, 0, ""});
  const std::string text = warned(keys);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11);
  EXPECT_NE(text.find("... and 980 more"), std::string::npos) << text;
}

TEST(UnknownKeys, KnownOnesAndNullsAreSilent) {
  UnknownKeys keys;
  Chat chat = chat_with("mood");
  for (OrderedJson& message : chat.messages) message["mood"] = nullptr;
  keys.add(chat, {0, 1, 0, ""});
  keys.add(chat_with("reasoning_content"), {0, 1, 0, ""});
  EXPECT_EQ(warned(keys), "");
}

}  // namespace
}  // namespace hone
