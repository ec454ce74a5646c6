#include "checkpoint/state_file.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <random>

#include "checkpoint/state_reader.hpp"
#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

const StateReader::Shapes kShapes = {
    {"embed", {37, 5}}, {"layer.0.norm", {7}}, {"one", {1}}, {"large", {3, 400000}}};

std::int64_t numel(const std::string& name) {
  std::int64_t count = 1;
  for (const std::int64_t size : kShapes.at(name)) count *= size;
  return count;
}

// Every element of every kind has a value of its own.
float value_of(const std::string& name, StateKind kind, std::int64_t element) {
  return static_cast<float>(element) + 0.25F * static_cast<float>(kind) +
         1e7F * static_cast<float>(name.size());
}

// Cuts every parameter at random places and deals the runs to ranks; parameters may have several runs a rank.
std::vector<StateFile> write_cut(const std::filesystem::path& folder, int ranks, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::vector<StateRange>> ranges(static_cast<std::size_t>(ranks));
  for (const auto& [name, shape] : kShapes) {
    for (std::int64_t begin = 0, end = numel(name); begin < end;) {
      const auto count = std::min<std::int64_t>(
          end - begin, 1 + static_cast<std::int64_t>(random()) % std::max<std::int64_t>(1, end / 2 + 1));
      ranges[random() % ranges.size()].push_back({name, begin, count});
      begin += count;
    }
  }
  std::vector<StateFile> files;
  for (int rank = 0; rank < ranks; ++rank) {
    std::deque<std::vector<float>> memory;
    std::vector<StateValues> state;
    for (const StateRange& range : ranges[static_cast<std::size_t>(rank)]) {
      state.push_back({range, {}});
      for (const StateKind kind : kStateKinds) {
        memory.emplace_back();
        for (std::int64_t i = 0; i < range.count; ++i)
          memory.back().push_back(value_of(range.name, kind, range.offset + i));
        state.back().values[static_cast<std::size_t>(kind)] = memory.back().data();
      }
    }
    files.push_back(write_state_file(folder, rank, ranks, 12, state));
  }
  return files;
}

void flip_bit(const std::filesystem::path& path, std::uint64_t byte) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(byte));
  const char old = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(byte));
  file.put(static_cast<char>(old ^ 0x10));
}

TEST(StateFile, WhateverTheCutAnyRangeReadsBackExactly) {
  for (int ranks = 1; ranks <= 5; ++ranks) {
    const TemporaryFolder folder;
    const StateReader reader(folder.path(),
                             write_cut(folder.path(), ranks, 7U + static_cast<unsigned>(ranks)), kShapes);
    std::mt19937 random(3);
    for (const auto& [name, shape] : kShapes) {
      for (int trial = 0; trial < 8; ++trial) {
        const std::int64_t total = numel(name);
        const std::int64_t offset = trial == 0 ? 0 : static_cast<std::int64_t>(random()) % total;
        const std::int64_t count =
            trial == 0 ? total : static_cast<std::int64_t>(random()) % (total - offset + 1);
        std::vector<float> values(static_cast<std::size_t>(count), -1);
        for (const StateKind kind : kStateKinds) {
          reader.read(kind, name, offset, count, values.data());
          for (std::int64_t i = 0; i < count; ++i)
            ASSERT_EQ(values[static_cast<std::size_t>(i)], value_of(name, kind, offset + i))
                << name << " " << i;
        }
      }
    }
  }
}

TEST(StateFile, TheSameStateGivesTheSameBytes) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a");
  std::filesystem::create_directories(folder / "b");
  const auto first = write_cut(folder / "a", 2, 5), second = write_cut(folder / "b", 2, 5);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].sha256, second[i].sha256);
}

TEST(StateFile, TheAnnouncedSizeIsWithinTwoPercent) {
  const TemporaryFolder folder;
  const auto files = write_cut(folder.path(), 3, 1);
  std::int64_t elements = 0, ranges = 0;
  double bytes = 0;
  for (const auto& [name, shape] : kShapes) elements += numel(name);
  for (const StateFile& file : files) {
    bytes += static_cast<double>(file.bytes);
    ranges += static_cast<std::int64_t>(file.ranges.size());
  }
  EXPECT_NEAR(static_cast<double>(state_bytes(elements, ranges)) / bytes, 1.0, 0.02);
}

TEST(StateFile, AFlippedBitAnywhereIsFoundAndTheFileNamed) {
  const TemporaryFolder folder;
  const StateFile file = write_cut(folder.path(), 1, 2).front();
  EXPECT_EQ(damage_of(folder.path(), file), "");
  for (const std::uint64_t byte : {std::uint64_t{9}, file.bytes / 3, file.bytes / 2, file.bytes - 1}) {
    flip_bit(folder / file.file, byte);
    EXPECT_EQ(absence_of(folder.path(), file), "");
    EXPECT_NE(damage_of(folder.path(), file).find(file.file + " is damaged"), std::string::npos) << byte;
    flip_bit(folder / file.file, byte);
  }
  EXPECT_EQ(damage_of(folder.path(), file), "");
}

TEST(StateFile, AMissingByteAndAMissingFileAreToldApart) {
  const TemporaryFolder folder;
  const StateFile file = write_cut(folder.path(), 1, 2).front();
  std::filesystem::resize_file(folder / file.file, file.bytes - 1);
  EXPECT_EQ(damage_of(folder.path(), file), file.file + " has " + std::to_string(file.bytes - 1) +
                                                " bytes, " + std::to_string(file.bytes) + " were written");
  std::filesystem::remove(folder / file.file);
  EXPECT_EQ(damage_of(folder.path(), file), file.file + " is missing");
}

TEST(StateReader, HolesOverlapsAndStrangersAreRefusedByName) {
  const StateReader::Shapes shapes = {{"w", {10}}};
  const auto error = [&](std::vector<StateRange> ranges) {
    return data_error_of([&] { StateReader("f", {{"state", 0, "", std::move(ranges)}}, shapes); });
  };
  EXPECT_NO_THROW(StateReader("f", {{"state", 0, "", {{"w", 4, 6}, {"w", 0, 4}}}}, shapes));
  EXPECT_NE(error({{"w", 0, 4}, {"w", 5, 5}}).find("elements of w"), std::string::npos);
  EXPECT_NE(error({{"w", 0, 4}, {"w", 3, 7}}).find("elements of w"), std::string::npos);
  EXPECT_NE(error({{"w", 0, 4}, {"w", 4, 0}, {"w", 4, 6}}).find("elements of w"), std::string::npos);
  EXPECT_NE(error({{"w", 0, 9}}).find("w is not there whole"), std::string::npos);
  EXPECT_NE(error({{"w", 0, 11}}).find("w is not there whole"), std::string::npos);
  EXPECT_NE(error({}).find("w is not there whole"), std::string::npos);
  EXPECT_NE(error({{"w", 0, 10}, {"x", 0, 1}}).find("unlisted parameter x"), std::string::npos);
}

TEST(StateReader, ParametersMustBeThoseOfTheRun) {
  const StateReader::Shapes run = {{"a", {2, 3}}, {"b", {4}}};
  EXPECT_NO_THROW(require_same_parameters(run, run, "f"));
  const auto error = [&](const StateReader::Shapes& stored) {
    return data_error_of([&] { require_same_parameters(run, stored, "f"); });
  };
  EXPECT_NE(error({{"a", {2, 3}}}).find("no state of b"), std::string::npos);
  EXPECT_NE(error({{"a", {2, 3}}, {"b", {4}}, {"c", {1}}}).find("state of c"), std::string::npos);
  EXPECT_NE(error({{"a", {3, 2}}, {"b", {4}}}).find("a with shape [3, 2] (this run's is [2, 3])"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
