#include "checkpoint/model_fingerprint.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "checkpoint/adapter_origin.hpp"
#include "checkpoint/safetensors_writer.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;
using Values = std::map<std::string, std::vector<float>>;

constexpr std::size_t kLarge = 1 << 20;

class ModelFingerprint : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("config.json", R"({"hidden_size": 8, "transformers_version": "4.1", "vocab_size": 3})");
    save("model.safetensors", model());
    first_ = model_fingerprint(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Two large matrices with a small norm between them.
  static Values model() {
    return {{"a.weight", std::vector<float>(kLarge, 1)},
            {"b.norm", std::vector<float>(8000, 1)},
            {"c.weight", std::vector<float>(kLarge, 1)}};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  void save(const std::string& name, const Values& values) const {
    std::vector<SafetensorsWriter::Tensor> tensors;
    for (const auto& [tensor, data] : values)
      tensors.push_back({tensor, {static_cast<std::int64_t>(data.size())}, FloatFormat::kFloat32});
    SafetensorsWriter writer(folder_ / name, tensors);
    for (const auto& [tensor, data] : values) writer.append(data.data());
    writer.finish();
  }
  std::string with(const Values& values) const {
    save("model.safetensors", values);
    return model_fingerprint(folder_);
  }

  fs::path folder_;
  std::string first_;
};

TEST_F(ModelFingerprint, DependsOnTheConfigButNotOnWhatSavingAgainChanges) {
  write("config.json",
        R"({"vocab_size": 3, "hidden_size": 8, "transformers_version": "5.0", "_name_or_path": "x"})");
  EXPECT_EQ(model_fingerprint(folder_), first_);
  write("config.json", R"({"vocab_size": 4, "hidden_size": 8})");
  EXPECT_NE(model_fingerprint(folder_), first_);
}

TEST_F(ModelFingerprint, SeesEveryValueOfASmallTensor) {
  for (std::size_t i = 0; i < 8000; i += 163) {
    Values changed = model();
    changed["b.norm"][i] = 2;
    EXPECT_NE(with(changed), first_) << i;
  }
}

TEST_F(ModelFingerprint, SeesHeadTailAndAChangeAllOverALargeTensor) {
  for (const std::size_t i : {std::size_t{0}, kLarge - 1}) {
    Values changed = model();
    changed["c.weight"][i] = 2;
    EXPECT_NE(with(changed), first_) << i;
  }
  Values changed = model();
  for (std::size_t i = 1000; i + 2000 < kLarge; ++i) changed["a.weight"][i] = 2;
  EXPECT_NE(with(changed), first_);
}

TEST_F(ModelFingerprint, SeesNamesTypesAndShapes) {
  Values renamed = model();
  renamed["b.other"] = renamed["b.norm"];
  renamed.erase("b.norm");
  EXPECT_NE(with(renamed), first_);
  Values longer = model();
  longer["a.weight"].push_back(1);
  EXPECT_NE(with(longer), first_);
}

TEST_F(ModelFingerprint, DependsOnNoFileThatIsNotTheModels) {
  save("adapter_model.safetensors", {{"x", {1, 2, 3}}});
  write("README.md", "text");
  EXPECT_EQ(model_fingerprint(folder_), first_);
}

TEST_F(ModelFingerprint, IsThatOfTheSameTensorsInOtherShards) {
  const Values all = model();
  save("model-1.safetensors", {{"a.weight", all.at("a.weight")}});
  save("model-2.safetensors", {{"b.norm", all.at("b.norm")}, {"c.weight", all.at("c.weight")}});
  const Json map = {{"a.weight", "model-1.safetensors"},
                    {"b.norm", "model-2.safetensors"},
                    {"c.weight", "model-2.safetensors"}};
  write("model.safetensors.index.json", Json{{"weight_map", map}}.dump());
  fs::remove(folder_ / "model.safetensors");
  EXPECT_EQ(model_fingerprint(folder_), first_);
}

TEST_F(ModelFingerprint, OfAnotherKindIsToldApartFromAnotherBase) {
  const auto refusal = [&](const std::string& recorded) {
    try {
      require_same_base(recorded, first_, "adapter", folder_, "give the base");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kData);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal(first_), "");
  std::string other = first_;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_NE(refusal(other).find("another base model"), std::string::npos) << refusal(other);
  EXPECT_NE(refusal("v9:0123").find("does not know"), std::string::npos) << refusal("v9:0123");
}

}  // namespace
}  // namespace hone
