#include <gtest/gtest.h>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  // A filter or a build mistake that leaves no test must not look like success.
  return ::testing::UnitTest::GetInstance()->test_to_run_count() == 0 ? 1 : result;
}
