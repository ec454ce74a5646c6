#include "preprocess/template_program.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hone {
namespace {

TEST(TemplateProgram, AnEmptySourceDateEpochIsNone) {
  ::unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(source_date_epoch(), std::nullopt);
  ::setenv("SOURCE_DATE_EPOCH", "", 1);
  EXPECT_EQ(source_date_epoch(), std::nullopt);
  ::setenv("SOURCE_DATE_EPOCH", "0", 1);
  EXPECT_EQ(source_date_epoch(), "0");
  ::unsetenv("SOURCE_DATE_EPOCH");
}

}  // namespace
}  // namespace hone
