// What a run that was killed must find unchanged to go on with its segments, and what may change.
#include "preprocess/run_plan.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

class RunPlan : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    ::unsetenv("SOURCE_DATE_EPOCH");
    fs::create_directory(folder() / "model");
    file("model/tokenizer.json", "abc");
    options_.tokenizer = (folder() / "model").string();
    options_.inputs = {file("a.jsonl", "{}\n").string(), file("b.jsonl", "{}\n").string()};
  }
  void TearDown() override {
    ::unsetenv("SOURCE_DATE_EPOCH");
    Folder::TearDown();
  }
  /// What plan_difference() tells of before and after `change`.
  std::string difference(const std::function<void()>& change) {
    const OrderedJson before = run_plan(options_, kMiB);
    change();
    return plan_difference(before, run_plan(options_, kMiB));
  }

  PreprocessOptions options_;
};

TEST_F(RunPlan, OfTheSameRunIsTheSame) {
  EXPECT_EQ(difference([] {}), "");
}

TEST_F(RunPlan, ChangesWithWhatRowsBecome) {
  EXPECT_EQ(difference([this] { options_.model_max_length = 1024; }),
            "--model_max_length changed from 512 to 1024");
  EXPECT_NE(difference([this] { options_.loss = LossPolicy::kAll; }), "");
  EXPECT_NE(difference([this] { options_.thinking = ThinkingPolicy::kStrip; }), "");
  EXPECT_NE(difference([this] { options_.overlong = OverlongPolicy::kDrop; }), "");
  EXPECT_NE(difference([this] { options_.system_prompt = ""; }), "");
  EXPECT_NE(difference([this] { options_.format = RowFormat::kMessages; }), "");
  EXPECT_NE(difference([] { ::setenv("SOURCE_DATE_EPOCH", "1", 1); }), "");
}

TEST_F(RunPlan, StaysWithWhatIsDoneToRowsLater) {
  EXPECT_EQ(difference([this] {
              options_.output = "elsewhere";
              options_.threads = 7;
              options_.show = 3;
              options_.overwrite_output_dir = true;
              options_.on_bad_line = BadLinePolicy::kSkip;
              options_.deduplicate = true;
              options_.eval_rows = 5;
              options_.eval_output = "eval";
              options_.split_seed = 1;
              options_.shuffle_seed = 1;
              options_.finish = true;
            }),
            "");
}

TEST_F(RunPlan, NamesTheInputThatGrewOrWasTouchedWithinTheSecond) {
  const auto time = fs::last_write_time(options_.inputs[1]);
  EXPECT_EQ(difference([&] {
              file("b.jsonl", "{}\n{}\n");
              fs::last_write_time(options_.inputs[1], time);
            }).find("input 2 changed from "),
            0U);
  EXPECT_EQ(difference([&] {
              fs::last_write_time(options_.inputs[0],
                                  fs::last_write_time(options_.inputs[0]) + std::chrono::microseconds(1));
            }).find("input 1 changed from "),
            0U);
  EXPECT_EQ(difference([this] { std::swap(options_.inputs[0], options_.inputs[1]); }).find("input 1 changed"),
            0U);
  EXPECT_EQ(difference([this] { options_.inputs.pop_back(); }), "number of inputs changed from 2 to 1");
}

TEST_F(RunPlan, StandardInputIsAnotherOneEveryTime) {
  options_.inputs = {"-"};
  EXPECT_NE(difference([] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }), "");
}

TEST_F(RunPlan, KnowsTheTokenizerByItsContentsAndNotByItsPlace) {
  // FIPS 180-2's "abc", and the empty text.
  EXPECT_EQ(run_plan(options_, kMiB).at("tokenizer.json"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(difference([this] {
              fs::rename(folder() / "model", folder() / "moved");
              options_.tokenizer = (folder() / "moved").string();
            }),
            "");
  for (const char* const name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                                 "chat_template.jinja", "additional_chat_templates/tool_use.jinja"}) {
    EXPECT_EQ(difference([&] {
                fs::create_directories((folder() / "moved" / name).parent_path());
                file(std::string("moved/") + name, "");
              }).find(std::string(name) + " changed from "),
              0U);
  }
}

TEST_F(RunPlan, ATemplateGivenAsAFileIsKnownByItsContents) {
  options_.chat_template = file("t.jinja", "one").string();
  EXPECT_EQ(difference([this] { file("t.jinja", "two"); }).find("template's text changed from "), 0U);
}

TEST(PlanDifference, NamesTheFirstEntryThatChangedCameOrWent) {
  const OrderedJson before = {{"a", 1}, {"b", "x"}, {"c", true}};
  EXPECT_EQ(plan_difference(before, before), "");
  EXPECT_EQ(plan_difference(before, {{"a", 1}, {"b", "y"}, {"c", false}}), "b changed from \"x\" to \"y\"");
  EXPECT_EQ(plan_difference(before, {{"a", 1}, {"b", "x"}}), "c changed from true to null");
  EXPECT_EQ(plan_difference(before, {{"n", 2}, {"a", 1}, {"b", "x"}, {"c", true}}),
            "n changed from null to 2");
}

TEST(SegmentBytes, AreThoseAskedForOrAtLeast16MiBInAtMost4096Segments) {
  PreprocessOptions options;
  const auto of = [&](std::uint64_t one, std::uint64_t other) {
    return segment_bytes(options, {{"a", one, ""}, {"b", other, ""}});
  };
  EXPECT_EQ(of(0, 0), 16 * kMiB);
  EXPECT_EQ(of(4096 * 16 * kMiB, 0), 16 * kMiB);
  EXPECT_EQ(of(4096 * 16 * kMiB, 4096 * kMiB), 17 * kMiB);
  options.segment_bytes = 5;
  EXPECT_EQ(of(4096 * 16 * kMiB, 4096 * kMiB), 5U);
}

}  // namespace
}  // namespace hone
