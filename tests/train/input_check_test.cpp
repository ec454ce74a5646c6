// Datasets held against model folders. The files that both name hold "abc", whose SHA-256 is in FIPS 180-2.
#include "train/input_check.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/base_test_support.hpp"
#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class InputCheck : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    fs::create_directory(model());
    file("model/tokenizer.json", "abc");
    file("model/chat_template.jinja", "abc");
    config_.vocab_size = 10;
    config_.max_position_embeddings = 4;
    manifest_.inputs = {{"a.jsonl", 10, "aa"}};
    manifest_.tokenizer_sha256 = kOfAbc;
    manifest_.chat_template.sha256 = kOfAbc;
    rows_ = {{{1, 2, 9}, {0, 1, 0}}, {{1, 2, 3, 4}, {0, 0, 1, 1}}};
  }

  fs::path model() const { return folder() / "model"; }
  fs::path data() const { return folder() / "data"; }
  Dataset dataset() {
    fs::remove_all(data());
    fs::create_directory(data());
    manifest_.counts = {};
    manifest_.max_id = 0;
    PartWriter writer(data(), manifest_);
    for (Row row : rows_) {
      row.source_line = ++manifest_.counts.rows;
      writer.append(row);
      manifest_.counts.tokens += row.ids.size();
      manifest_.counts.targets += count_targets(row.loss_mask);
      for (const std::uint32_t id : row.ids) manifest_.max_id = std::max<std::uint64_t>(manifest_.max_id, id);
    }
    manifest_.parts = writer.finish();
    write_manifest(data(), manifest_);
    return Dataset::open(data());
  }
  void expect_fits() { EXPECT_NO_THROW(require_dataset_fits_model(dataset(), model(), config_)); }
  /// The line of the refusal, which holds all of `parts`.
  void expect_refused(const std::vector<std::string>& parts) {
    const Dataset rows = dataset();
    const std::string line =
        refusal(ExitCode::kData, [&] { require_dataset_fits_model(rows, model(), config_); });
    for (const std::string& part : parts) EXPECT_NE(line.find(part), std::string::npos) << line;
  }

  ModelConfig config_;
  Manifest manifest_;
  std::vector<Row> rows_;
};

TEST_F(InputCheck, ADatasetOfThisModelWithTheLongestRowsAndTheLargestIdThatItHasFits) { expect_fits(); }

TEST_F(InputCheck, AnotherTokenizerIsNamedByBothSums) {
  file("model/tokenizer.json", "");  // whose SHA-256 begins with e3b0c44298fc
  expect_refused({data().string() + " was made with another tokenizer than " + model().string(),
                  "SHA-256 ba7816bf8f01 against e3b0c44298fc", "hone-preprocess --tokenizer"});
}

TEST_F(InputCheck, AnotherChatTemplateIsNamedByBothSums) {
  file("model/chat_template.jinja", "");
  expect_refused({"another chat template", "SHA-256 ba7816bf8f01 against e3b0c44298fc"});
}

TEST_F(InputCheck, TheChatTemplateOfTheTokenizersConfigurationCountsWhereThereIsNoFile) {
  fs::remove(model() / "chat_template.jinja");
  file("model/tokenizer_config.json", R"({"chat_template": "abc"})");
  expect_fits();
  file("model/tokenizer_config.json", R"({"chat_template": "abd"})");
  expect_refused({"another chat template"});
}

TEST_F(InputCheck, ADatasetThatNoTemplateWroteAsksForNone) {
  manifest_.chat_template.sha256.clear();
  file("model/chat_template.jinja", "anything");
  expect_fits();
}

TEST_F(InputCheck, AnIdBeyondTheEmbeddingIsNamed) {
  config_.vocab_size = 9;
  expect_refused({"holds token id 9", "embedding has 9 rows"});
}

TEST_F(InputCheck, ARowLongerThanTheModelsPositionsIsNamed) {
  config_.max_position_embeddings = 3;
  expect_refused({"has a row of 4 tokens", "the model has 3 positions", "--model_max_length"});
}

TEST_F(InputCheck, ARowWithoutATargetIsNamedByItsPlace) {
  rows_.push_back({{1, 2}, {0, 0}});
  expect_refused({"row 2 has no target"});
  rows_.back() = {{1, 2}, {1, 0}};  // the first id is predicted by nothing
  expect_refused({"row 2 has no target"});
}

TEST_F(InputCheck, RowsFitALengthThatIsNotSaidOrNotBelowTheLongestOne) {
  const Dataset rows = dataset();
  EXPECT_NO_THROW(require_rows_fit(rows, 0));
  EXPECT_NO_THROW(require_rows_fit(rows, 4));
  const std::string line = refusal(ExitCode::kUsage, [&] { require_rows_fit(rows, 3); });
  EXPECT_NE(line.find("--model_max_length 3"), std::string::npos) << line;
  EXPECT_NE(line.find("one of 4 tokens"), std::string::npos) << line;
}

TEST_F(InputCheck, AnOutputThatIsAnInputIsRefusedByWhateverNameItIsCalled) {
  fs::create_directory_symlink(model(), folder() / "link");
  for (const fs::path& output : {model(), model() / "", folder() / "link", model() / ".." / "model"}) {
    const std::string line = refusal(ExitCode::kUsage, [&] {
      require_output_apart(output, {folder() / "other", model()});
    });
    EXPECT_NE(line.find("written over " + model().string()), std::string::npos) << line;
  }
}

TEST_F(InputCheck, AnOutputBesideBelowOrAboveTheInputsIsFineAndSoAreNamesThatAreNotGiven) {
  EXPECT_NO_THROW(require_output_apart(folder() / "new", {model(), ""}));
  EXPECT_NO_THROW(require_output_apart(model() / "new", {model()}));
  EXPECT_NO_THROW(require_output_apart(folder(), {model()}));
  EXPECT_NO_THROW(require_output_apart("", {model(), ""}));
}

TEST_F(InputCheck, AnInputInACheckpointOfTheOutputIsRefusedSinceCheckpointsAreRemoved) {
  fs::create_directories(folder() / "out" / "checkpoint-10" / "adapter");
  fs::create_directory_symlink(folder() / "out", folder() / "link");
  for (const char* const input : {"out/checkpoint-10", "out/checkpoint-10/adapter", "link/checkpoint-10"}) {
    const std::string line =
        refusal(ExitCode::kUsage, [&] { require_output_apart(folder() / "out", {folder() / input}); });
    EXPECT_NE(line.find((folder() / input).string() + " is a checkpoint of --output_dir"), std::string::npos)
        << line;
  }
  EXPECT_NO_THROW(require_output_apart(folder() / "new", {folder() / "out" / "checkpoint-10"}));
  EXPECT_NO_THROW(require_output_apart(folder() / "out", {folder() / "out" / "adapter"}));
}

}  // namespace
}  // namespace hone
