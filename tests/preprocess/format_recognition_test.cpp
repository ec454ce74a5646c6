#include "preprocess/format_recognition.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

KnownFormat recognised(const std::string& text, const Columns& columns = {}) {
  LineBlock block;
  block.text = text;
  return recognise_format(block, "in.jsonl", columns);
}

TEST(FormatRecognition, TheFirstRowThatIsAnObjectTells) {
  EXPECT_EQ(recognised("\n{broken\n7\n{\"conversations\": []}\n{\"text\": \"x\"}\n").format,
            RowFormat::kShareGpt);
  EXPECT_EQ(recognised("{\"text\": \"x\"}").how, "recognised from its first row");
}

TEST(FormatRecognition, OtherFormatsThatItCouldBeAreNamed) {
  const KnownFormat known = recognised(R"({"text": "x", "instruction": "i", "output": "o"})");
  EXPECT_EQ(known.format, RowFormat::kAlpaca);
  EXPECT_NE(known.how.find("would do as text too"), std::string::npos) << known.how;
}

TEST(FormatRecognition, WithoutAnObjectRowsAreReadAsMessages) {
  EXPECT_EQ(recognised("{broken\n\n7\n").format, RowFormat::kMessages);
}

TEST(FormatRecognition, ARowOfNoFormatIsRefusedWithItsFields) {
  try {
    recognised("{}\n{\"question\": 1, \"answer\": 2}\n{\"text\": \"x\"}\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    EXPECT_NE(
        std::string(error.what())
            .find("in.jsonl:2: the format can't be recognised (the row has the fields question, answer)"),
        std::string::npos)
        << error.what();
  }
  EXPECT_EQ(recognised("{\"question\": 1, \"answer\": 2}", Columns({"instruction=question", "output=answer"}))
                .format,
            RowFormat::kAlpaca);
}

}  // namespace
}  // namespace hone
