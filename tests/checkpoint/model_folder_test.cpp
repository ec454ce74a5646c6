#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "checkpoint/model_reader.hpp"
#include "checkpoint/model_writer.hpp"

namespace hone {
namespace {

class ModelFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "base");
    const Json config = {{"architectures", {"LlamaForCausalLM"}},
                         {"hidden_size", 8},
                         {"intermediate_size", 12},
                         {"num_hidden_layers", 2},
                         {"num_attention_heads", 2},
                         {"vocab_size", 20},
                         {"eos_token_id", 1},
                         {"dtype", "float32"}};
    std::ofstream(folder_ / "base" / "config.json") << config.dump();
    table_ = weight_table(read_model_config(folder_ / "base"));
    for (const UnitSpec& unit : table_) {
      for (const WeightSpec& weight : unit.weights) {
        for (const WeightPart& part : weight.parts) parts_.push_back(&part);
      }
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void save(float value, std::int64_t max_shard_bytes, std::size_t stop_after = 1000) {
    ModelWriter writer(folder_ / "out", parts_,
                       {folder_ / "base", FloatFormat::kFloat32, max_shard_bytes, 7});
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (i == stop_after) return;
      const std::vector<float> values(static_cast<std::size_t>(parts_[i]->numel()), value);
      writer.append(*parts_[i], values.data());
    }
    writer.finish();
  }
  float value_of(std::size_t i) const {
    const ModelReader reader(folder_ / "out", table_);
    float value = 0;
    reader.read_range(*parts_[i], parts_[i]->numel() - 1, 1, &value);
    return value;
  }
  std::vector<std::string> weight_files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) {
      if (entry.path().extension() == ".safetensors") names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  void expect_refused(const std::string& text) const {
    try {
      const ModelReader reader(folder_ / "out", table_);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kData);
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }

  std::filesystem::path folder_;
  std::vector<UnitSpec> table_;
  std::vector<const WeightPart*> parts_;
};

TEST_F(ModelFolder, ASaveThatBreaksOffLeavesTheEarlierModelWhole) {
  save(1, 1000);
  save(2, 1000, parts_.size() - 1);
  for (std::size_t i = 0; i < parts_.size(); ++i) EXPECT_EQ(value_of(i), 1) << parts_[i]->name;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) {
    EXPECT_NE(entry.path().extension(), ".new") << entry.path();
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
  }
}

TEST_F(ModelFolder, ASaveThatBreaksOffWhileItsFilesGetTheirNamesLeavesTheEarlierModelWhole) {
  constexpr std::int64_t kOneFile = 1'000'000, kSmall = 1000, kSmaller = 800;
  for (const auto& [earlier, later] :
       {std::pair{kOneFile, kSmall}, {kSmall, kOneFile}, {kSmall, kSmaller}, {kSmaller, kSmall}}) {
    save(2, later);
    const std::string last = weight_files().back();
    std::filesystem::remove_all(folder_ / "out");
    save(1, earlier);
    std::filesystem::create_directory(folder_ / "out" / last);  // no file can take its place
    EXPECT_THROW(save(2, later), Error);
    for (std::size_t i = 0; i < parts_.size(); ++i) EXPECT_EQ(value_of(i), 1) << last << parts_[i]->name;
    std::filesystem::remove_all(folder_ / "out");
  }
}

TEST_F(ModelFolder, ShardsOfTwoSavesUnderTheSameNamesAreNoModel) {
  save(1, 1000);
  const std::filesystem::path last = folder_ / "out" / weight_files().back();
  std::filesystem::rename(last, folder_ / "held");
  std::filesystem::create_directory(last);
  EXPECT_THROW(save(2, 1000), Error);
  std::filesystem::remove(last);
  std::filesystem::rename(folder_ / "held", last);
  expect_refused("holds no weights");
  save(3, 1000);
  for (std::size_t i = 0; i < parts_.size(); ++i) EXPECT_EQ(value_of(i), 3) << parts_[i]->name;
}

TEST_F(ModelFolder, AnotherShardSizeLeavesNoShardOfTheEarlierSave) {
  save(1, 1000);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "model.safetensors.index.json"));
  save(2, 1'000'000);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) {
    files += entry.path().extension() == ".safetensors" ? 1 : 0;
  }
  EXPECT_EQ(files, 1U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "model.safetensors.index.json"));
  EXPECT_EQ(value_of(0), 2);
}

TEST_F(ModelFolder, AMissingShardIsNamed) {
  save(1, 1000);
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) {
    if (entry.path().filename().string().starts_with("model-00002")) {
      std::filesystem::remove(entry.path());
      expect_refused("model-00002");
      return;
    }
  }
  ADD_FAILURE() << "the save was not sharded";
}

TEST_F(ModelFolder, SwappedShardsAreRefused) {
  save(1, 1000);
  std::vector<std::filesystem::path> shards;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) {
    if (entry.path().extension() == ".safetensors") shards.push_back(entry.path());
  }
  ASSERT_GE(shards.size(), 2U);
  std::filesystem::rename(shards[0], folder_ / "held");
  std::filesystem::rename(shards[1], shards[0]);
  std::filesystem::rename(folder_ / "held", shards[1]);
  expect_refused("the index says it is there");
}

TEST_F(ModelFolder, TheTurnEndJoinsTheStopIds) {
  save(1, 1'000'000);
  const Json generation = read_json_file(folder_ / "out" / "generation_config.json");
  EXPECT_EQ(generation.at("eos_token_id"), (Json{1, 7}));
}

}  // namespace
}  // namespace hone
