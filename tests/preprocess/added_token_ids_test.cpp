#include "preprocess/tokenizer/added_token_ids.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.hpp"

namespace hone {
namespace {

using Entries = std::vector<std::pair<std::string_view, std::uint32_t>>;

// "" where the ids are those that Hugging Face's tokenizers give.
std::string refusal(const std::vector<AddedToken>& tokens, const Entries& vocabulary) {
  try {
    require_ids_that_are_given(tokens, vocabulary);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    return error.what();
  }
  return "";
}

const Entries kThree = {{"a", 0}, {"b", 1}, {"<s>", 2}};

TEST(AddedTokenIds, AreThoseOfTheVocabularyOrTheNextFreeOnes) {
  EXPECT_EQ(refusal({}, kThree), "");
  EXPECT_EQ(refusal({{"<x>", 3}, {"<y>", 4}}, kThree), "");
  EXPECT_EQ(refusal({{"<s>", 2}, {"<x>", 3}}, kThree), "");
  EXPECT_EQ(refusal({{"<x>", 3}, {"<x>", 3}, {"<y>", 4}}, kThree), "");
}

TEST(AddedTokenIds, AnEntryPastAGapOfTheVocabularyDoesNotMoveTheNextOne) {
  const Entries gap = {{"a", 0}, {"<s>", 9}};
  EXPECT_EQ(refusal({{"<s>", 9}, {"<x>", 2}, {"<y>", 3}}, gap), "");
  EXPECT_EQ(refusal({{"<x>", 2}, {"<s>", 9}, {"<y>", 3}}, gap), "");
  EXPECT_NE(refusal({{"<s>", 9}, {"<x>", 10}}, gap).find("gives it 2"), std::string::npos);
}

TEST(AddedTokenIds, AnyOtherIdIsRefusedWithBoth) {
  for (const auto& [tokens, wrong, given] : {std::tuple{std::vector<AddedToken>{{"<x>", 4}}, "4", "3"},
                                             {std::vector<AddedToken>{{"<x>", 1}}, "1", "3"},
                                             {std::vector<AddedToken>{{"<s>", 3}}, "3", "2"},
                                             {std::vector<AddedToken>{{"<x>", 3}, {"<y>", 6}}, "6", "4"},
                                             {std::vector<AddedToken>{{"<x>", 3}, {"<x>", 4}}, "4", "3"}}) {
    const std::string line = refusal(tokens, kThree);
    EXPECT_NE(line.find(std::string("has the id ") + wrong), std::string::npos) << line;
    EXPECT_NE(line.find(std::string("the tokenizers library gives it ") + given), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace hone
