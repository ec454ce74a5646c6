#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "checkpoint/safetensors_file.hpp"
#include "checkpoint/safetensors_writer.hpp"

namespace hone {
namespace {

class Safetensors : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& header, std::size_t data_bytes) {
    const std::filesystem::path path = folder_ / "a.safetensors";
    const std::uint64_t length = header.size();
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << header << std::string(data_bytes, '\0');
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(Safetensors, WhatIsWrittenReadsBackByRange) {
  const std::filesystem::path path = folder_ / "a.safetensors";
  const std::vector<float> a = {1, -2, 3, 4.5F, 5, 6}, b = {7};
  SafetensorsWriter writer(path, {{"a", {2, 3}, FloatFormat::kFloat32}, {"b", {1}, FloatFormat::kBFloat16}});
  writer.append(a.data());
  writer.append(b.data());
  EXPECT_FALSE(std::filesystem::exists(path));
  writer.finish();
  const SafetensorsFile read(path);
  float values[2];
  read.read(read.tensors().at("a"), 8, 8, values);
  EXPECT_EQ(values[0], 3);
  EXPECT_EQ(values[1], 4.5F);
  EXPECT_EQ(read.tensors().at("b").dtype, "BF16");
}

TEST_F(Safetensors, MetadataComesBackBesideTheFormat) {
  const std::filesystem::path path = folder_ / "a.safetensors";
  const float value = 1;
  SafetensorsWriter writer(path, {{"a", {1}, FloatFormat::kFloat32}}, {{"key", "text"}});
  writer.append(&value);
  writer.finish();
  const std::map<std::string, std::string> expected = {{"format", "pt"}, {"key", "text"}};
  EXPECT_EQ(SafetensorsFile(path).metadata(), expected);
}

TEST_F(Safetensors, AnUnfinishedFileLeavesNothing) {
  { const SafetensorsWriter writer(folder_ / "a.safetensors", {{"a", {2}, FloatFormat::kFloat32}}); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Safetensors, EveryDamagedHeaderIsRefusedAsBadData) {
  const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_NO_THROW(SafetensorsFile(file(good, 8)));
  const std::vector<std::pair<std::string, std::size_t>> bad = {
      {good, 7},
      {good, 9},
      {"{", 0},
      {"[]", 0},
      {R"({"a":3})", 0},
      {R"({"a":{"dtype":"F32","shape":[2]}})", 8},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", 8},
      {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8},
      {R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8},
      {R"({"a":{"dtype":"Q7","shape":[2],"data_offsets":[0,8]}})", 8},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
       12},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})", 4}};
  for (const auto& [header, bytes] : bad) {
    try {
      const SafetensorsFile read(file(header, bytes));
      ADD_FAILURE() << header << " with " << bytes << " bytes was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kData) << header;
    }
  }
}

TEST_F(Safetensors, AHeaderLongerThanTheFileIsRefused) {
  const std::filesystem::path path = folder_ / "a.safetensors";
  for (const std::uint64_t length : {std::uint64_t{1} << 62, std::uint64_t{9}}) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << "{}";
    out.close();
    EXPECT_THROW(SafetensorsFile{path}, Error);
  }
}

}  // namespace
}  // namespace hone
