#include "base/text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace hone {
namespace {

using Names = std::vector<std::string>;

TEST(NearestName, IsTheOneWithTheFewestEdits) {
  const Names names = {"learning_rate", "lr_scheduler_type", "max_steps", "save_steps"};
  EXPECT_EQ(nearest_name("learning_rat", names), "learning_rate");   // one deletion
  EXPECT_EQ(nearest_name("learnign_rate", names), "learning_rate");  // two letters swapped
  EXPECT_EQ(nearest_name("max_stepss", names), "max_steps");         // one insertion
  EXPECT_EQ(nearest_name("sive_steps", names), "save_steps");        // one substitution
  EXPECT_EQ(nearest_name("max_steps", names), "max_steps");
}

TEST(NearestName, OfTwoEquallyNearIsTheFirst) {
  EXPECT_EQ(nearest_name("cat", Names{"bat", "rat"}), "bat");
  EXPECT_EQ(nearest_name("cat", Names{"rat", "bat"}), "rat");
}

TEST(NearestName, AllowsTwoEditsOrAThirdOfTheName) {
  EXPECT_EQ(nearest_name("abcd", Names{"abxy"}), "abxy");
  EXPECT_EQ(nearest_name("abcd", Names{"axyz"}), "");
  EXPECT_EQ(nearest_name("abcdefghijkl", Names{"abcdefghWXYZ"}), "abcdefghWXYZ");  // 4 of 12
  EXPECT_EQ(nearest_name("abcdefghijkl", Names{"abcdefgVWXYZ"}), "");              // 5 of 12
  EXPECT_EQ(nearest_name("anything", Names{}), "");
}

TEST(Suggestion, IsAQuestionOrNothing) {
  EXPECT_EQ(suggestion("max_step", Names{"max_steps"}), "did you mean 'max_steps'?");
  EXPECT_EQ(suggestion("zzzzzz", Names{"max_steps"}), "");
}

TEST(Replaced, TakesEveryOccurrenceOnceFromTheLeft) {
  EXPECT_EQ(replaced("a.b.c", ".", "--"), "a--b--c");
  EXPECT_EQ(replaced("aaa", "aa", "b"), "ba");
  EXPECT_EQ(replaced("aa", "a", "aa"), "aaaa");  // what was put in is not looked at again
  EXPECT_EQ(replaced("x\r\ny\r\n", "\r\n", "\n"), "x\ny\n");
  EXPECT_EQ(replaced("abc", "b", ""), "ac");
  EXPECT_EQ(replaced("abc", "abc", ""), "");
  EXPECT_EQ(replaced("", "a", "b"), "");
}

TEST(HumanBytes, GoesUpInPowersOf1024) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(5.0 * (1 << 30)), "5.0 GiB");
  EXPECT_EQ(human_bytes(3e18), "2664.5 PiB");  // the largest unit there is
}

TEST(HumanBytes, NeverShowsAThousandOfAUnitThatHasANext) {
  EXPECT_EQ(human_bytes(1023.5), "1.0 KiB");
  EXPECT_EQ(human_bytes(1024.0 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(human_bytes(1023.9 * 1024), "1023.9 KiB");
}

TEST(HumanDuration, ShowsHoursAndMinutesOnlyWhereThereAreSome) {
  EXPECT_EQ(human_duration(0), "0s");
  EXPECT_EQ(human_duration(59.4), "59s");
  EXPECT_EQ(human_duration(59.5), "1m 00s");
  EXPECT_EQ(human_duration(3599.6), "1h 00m 00s");
  EXPECT_EQ(human_duration(3725), "1h 02m 05s");
  EXPECT_EQ(human_duration(90061), "25h 01m 01s");
  EXPECT_EQ(human_duration(-3), "0s");
}

TEST(HumanCount, GroupsByThrees) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1,000");
  EXPECT_EQ(human_count(1234567), "1,234,567");
  EXPECT_EQ(human_count(-999), "-999");
  EXPECT_EQ(human_count(-1000), "-1,000");
  EXPECT_EQ(human_count(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

}  // namespace
}  // namespace hone
