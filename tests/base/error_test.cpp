#include "base/error.hpp"

#include "base/base_test_support.hpp"

namespace hone {
namespace {

TEST(Error, ReadsWhatWhyRemedyAndLeavesOutWhatIsEmpty) {
  EXPECT_EQ(refusal(ExitCode::kUsage, [] { fail_usage("what", "why", "remedy"); }), "what (why); remedy");
  EXPECT_EQ(refusal(ExitCode::kUsage, [] { fail_usage("what", "", "remedy"); }), "what; remedy");
  EXPECT_EQ(refusal(ExitCode::kUsage, [] { fail_usage("what", "why", ""); }), "what (why)");
  EXPECT_EQ(refusal(ExitCode::kUsage, [] { fail_usage("what", "", ""); }), "what");
}

TEST(Error, EachKindOfFailureHasItsExitCode) {
  refusal(ExitCode::kUsage, [] { fail_usage("x", "", ""); });
  refusal(ExitCode::kData, [] { fail_data("x", "", ""); });
  refusal(ExitCode::kRunTimeFailure, [] { fail_run("x", "", ""); });
}

TEST(Error, LineBreaksInAnyPartLeaveOneLine) {
  EXPECT_EQ(refusal(ExitCode::kData, [] { fail_data("a\nb", "c\r\nd", "e\n"); }), "a b (c  d); e ");
}

TEST(Error, ABrokenAssumptionNamesItselfAndItsPlace) {
  EXPECT_NO_THROW(HONE_ASSERT(1 + 1 == 2));
  try {
    HONE_ASSERT(1 + 1 == 3);
    FAIL();
  } catch (const std::logic_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("'1 + 1 == 3' does not hold at "), std::string::npos) << text;
    EXPECT_NE(text.find("error_test.cpp:"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace hone
