#include "preprocess/formats/row_format.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

using Formats = std::vector<RowFormat>;

TEST(RowFormat, IsToldByTheFieldsThatARowMustHave) {
  EXPECT_EQ(formats_with({"id", "messages"}, {}), Formats{RowFormat::kMessages});
  EXPECT_EQ(formats_with({"conversations", "system"}, {}), Formats{RowFormat::kShareGpt});
  EXPECT_EQ(formats_with({"output", "input", "instruction"}, {}), Formats{RowFormat::kAlpaca});
  EXPECT_EQ(formats_with({"prompt", "completion"}, {}), Formats{RowFormat::kPromptCompletion});
  EXPECT_EQ(formats_with({"text"}, {}), Formats{RowFormat::kText});
  EXPECT_EQ(formats_with({"instruction", "prompt", "input"}, {}), Formats{});
  EXPECT_EQ(formats_with({}, {}), Formats{});
}

TEST(RowFormat, TurnsComeBeforeTheTextThatWasMadeOfThem) {
  EXPECT_EQ(formats_with({"text", "instruction", "input", "output"}, {}),
            (Formats{RowFormat::kAlpaca, RowFormat::kText}));
  EXPECT_EQ(formats_with({"text", "prompt", "completion", "messages"}, {}),
            (Formats{RowFormat::kMessages, RowFormat::kPromptCompletion, RowFormat::kText}));
}

TEST(RowFormat, RenamedFieldsAreLookedForUnderTheirNames) {
  const Columns columns({"messages=dialog"});
  EXPECT_EQ(formats_with({"dialog"}, columns), Formats{RowFormat::kMessages});
  EXPECT_EQ(formats_with({"messages"}, columns), Formats{});
}

}  // namespace
}  // namespace hone
