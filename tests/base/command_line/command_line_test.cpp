#include "base/command_line/command_line.hpp"

#include <vector>

#include "base/base_test_support.hpp"

namespace po = boost::program_options;

namespace hone {
namespace {

using Given = std::vector<std::string>;

po::options_description flags() {
  po::options_description flags;
  auto add = flags.add_options();
  add("output", po::value<std::string>(), "");
  add("system_prompt", po::value<std::string>(), "");
  add("model_max_length", po::value<std::int64_t>()->default_value(512), "");
  add("input", po::value<Given>()->multitoken(), "");
  add("verify", po::bool_switch(), "");
  add("overwrite_output_dir", po::bool_switch(), "");
  return flags;
}

po::variables_map parse(Given words, Words others = Words::kRefused) {
  words.insert(words.begin(), "hone-x");
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data(), flags(), others);
}

std::string text(const Given& words, const char* name = "system_prompt") {
  return parse(words)[name].as<std::string>();
}
bool is_on(const Given& words, const char* name = "overwrite_output_dir") {
  return parse(words)[name].as<bool>();
}
std::string refused(const Given& words) {
  return refusal(ExitCode::kUsage, [&] { parse(words); });
}

TEST(ProgramCommandLine, ADashInANameCountsAsAnUnderscore) {
  EXPECT_EQ(parse({"--model-max-length", "7"})["model_max_length"].as<std::int64_t>(), 7);
  EXPECT_EQ(parse({"--model-max_length=8"})["model_max_length"].as<std::int64_t>(), 8);
  EXPECT_TRUE(is_on({"--overwrite-output-dir"}));
}

TEST(ProgramCommandLine, AValueKeepsItsDashes) {
  EXPECT_EQ(text({"--output", "my-run-1"}, "output"), "my-run-1");
  EXPECT_EQ(text({"--output=a-b=c-d"}, "output"), "a-b=c-d");
  EXPECT_EQ(text({"--system-prompt", "- be well-read"}), "- be well-read");
  EXPECT_EQ(text({"--system-prompt", "-- be well-read"}), "-- be well-read");
  EXPECT_EQ(text({"--system-prompt=--be-brief"}), "--be-brief");
  EXPECT_EQ(parse({"--model_max_length", "-1"})["model_max_length"].as<std::int64_t>(), -1);
}

TEST(ProgramCommandLine, ATextMayBeEmpty) {
  EXPECT_EQ(text({"--system_prompt", ""}), "");
  EXPECT_EQ(text({"--system_prompt="}), "");
}

TEST(ProgramCommandLine, ASwitchStandsAloneOrTakesTrueOrFalse) {
  EXPECT_FALSE(is_on({}));
  EXPECT_TRUE(is_on({"--overwrite_output_dir"}));
  for (const char* yes : {"True", "true"}) {
    EXPECT_TRUE(is_on({"--overwrite_output_dir", yes}));
    EXPECT_TRUE(is_on({"--overwrite-output-dir=" + std::string(yes)}));
  }
  for (const char* no : {"False", "false"}) {
    EXPECT_FALSE(is_on({"--overwrite_output_dir", no}));
    EXPECT_FALSE(is_on({"--overwrite-output-dir=" + std::string(no)}));
    EXPECT_FALSE(is_on({"--overwrite_output_dir", no, "--verify", "True"}));
    EXPECT_TRUE(is_on({"--overwrite_output_dir", no, "--verify", "True"}, "verify"));
  }
  EXPECT_NE(refused({"--overwrite_output_dir", "maybe"}), "");
  EXPECT_NE(refused({"--overwrite_output_dir=maybe"}), "");
}

TEST(ProgramCommandLine, TrueAndFalseStayTextBehindAFlagThatTakesText) {
  EXPECT_EQ(text({"--system_prompt", "False"}), "False");
  EXPECT_EQ(text({"--system_prompt=True"}), "True");
  EXPECT_EQ(parse({"--input", "a", "True"})["input"].as<Given>(), (Given{"a", "True"}));
  EXPECT_NE(refused({"True"}), "");
}

TEST(ProgramCommandLine, AnUnknownFlagNamesTheNearest) {
  EXPECT_EQ(refused({"--outptu", "x"}), "unknown flag --outptu (did you mean '--output'?); see --help");
  EXPECT_EQ(refused({"--model-max-lenght=3"}),
            "unknown flag --model-max-lenght (did you mean '--model_max_length'?); see --help");
  EXPECT_EQ(refused({"--zzzzzzzzzzzz"}), "unknown flag --zzzzzzzzzzzz; see --help");
}

TEST(ProgramCommandLine, ANameIsNeverGuessedFromItsBeginning) {
  EXPECT_EQ(refused({"--over"}), "unknown flag --over; see --help");
  EXPECT_EQ(refused({"--model_max", "3"}), "unknown flag --model_max; see --help");
}

TEST(ProgramCommandLine, AMissingAWrongAndARepeatedValueAreRefusedByFlag) {
  for (const Given& words :
       {Given{"--output"}, Given{"--output", "--verify"}, Given{"--output", "a", "--output", "b"}})
    EXPECT_NE(refused(words).find("--output"), std::string::npos) << refused(words);
  EXPECT_NE(refused({"--model_max_length", "many"}).find("--model_max_length"), std::string::npos);
  EXPECT_NE(refused({"--model_max_length", "3.5"}).find("--model_max_length"), std::string::npos);
}

TEST(ProgramCommandLine, WordsOfNoFlagAreRefusedOrCollected) {
  EXPECT_NE(refused({"dataset"}), "");
  const po::variables_map values = parse({"dataset", "--verify", "a-b", "--output", "c"}, Words::kCollected);
  EXPECT_EQ(values["words"].as<Given>(), (Given{"dataset", "a-b"}));
  EXPECT_TRUE(values["verify"].as<bool>());
  EXPECT_EQ(parse({}, Words::kCollected).count("words"), 0U);
}

TEST(ProgramCommandLine, ARequiredFlagIsAskedForByName) {
  EXPECT_EQ(required(parse({"--output", "x"}), "output"), "x");
  EXPECT_EQ(refusal(ExitCode::kUsage, [] { required(parse({}), "output"); }),
            "--output is missing; see --help");
}

}  // namespace
}  // namespace hone
