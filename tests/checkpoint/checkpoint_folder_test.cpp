#include "checkpoint/checkpoint_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/json.hpp"
#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

constexpr std::chrono::milliseconds kAtOnce{0};
const char* const kTrainerState = "{\"global_step\": 1}\n";

CheckpointManifest write_state(const std::filesystem::path& output, std::int64_t step) {
  const std::filesystem::path folder = unfinished_checkpoint(output, step);
  std::filesystem::create_directories(folder);
  const std::vector<float> values = {1, 2, 3};
  CheckpointManifest manifest;
  manifest.program = "test";
  manifest.step = step;
  manifest.ranks = 2;
  manifest.zero_stage = 3;
  manifest.parameters = {{"w", {2, 3}}};
  manifest.fingerprint.settings = {{"learning_rate", 0.1}};
  manifest.config = {{"b", 1}, {"a", 2}};
  for (int rank = 0; rank < 2; ++rank) {
    manifest.files.push_back(write_state_file(
        folder, rank, 2, step, {{{"w", 3 * rank, 3}, {values.data(), values.data(), values.data()}}}));
  }
  return manifest;
}

void make_checkpoint(const std::filesystem::path& output, std::int64_t step) {
  commit_checkpoint(output, write_state(output, step), kTrainerState, kAtOnce);
}

TEST(CheckpointFolder, NamesAreReadByNumberAndNothingElseIsOne) {
  EXPECT_EQ(checkpoint_step("checkpoint-20"), 20);
  EXPECT_EQ(checkpoint_step("checkpoint-0"), 0);
  for (const char* name : {"checkpoint-", "checkpoint-x", "checkpoint-1x", "checkpoint-01", "checkpoint--1",
                           "tmp-checkpoint-1", "set-aside-checkpoint-1", "checkpoint-99999999999999999999"})
    EXPECT_EQ(checkpoint_step(name), std::nullopt) << name;
}

TEST(CheckpointFolder, StepsComeInTheOrderOfNumbers) {
  const TemporaryFolder output;
  for (const char* name : {"checkpoint-1000", "checkpoint-999", "checkpoint-20", "other", "tmp-checkpoint-5"})
    std::filesystem::create_directories(output / name);
  std::ofstream(output / "checkpoint-7") << "a file";
  EXPECT_EQ(checkpoint_steps(output.path()), (std::vector<std::int64_t>{20, 999, 1000}));
  EXPECT_TRUE(checkpoint_steps(output / "nothing").empty());
}

TEST(CheckpointFolder, ACommittedOneIsCompleteAndSaysWhatWasWritten) {
  const TemporaryFolder output;
  const CheckpointManifest written = write_state(output.path(), 4);
  EXPECT_TRUE(checkpoint_steps(output.path()).empty());
  commit_checkpoint(output.path(), written, kTrainerState, kAtOnce);
  EXPECT_EQ(checkpoint_steps(output.path()), std::vector<std::int64_t>{4});
  EXPECT_FALSE(std::filesystem::exists(unfinished_checkpoint(output.path(), 4)));
  EXPECT_EQ(incompleteness_of(output / "checkpoint-4"), "");
  const CheckpointManifest read = read_checkpoint_manifest(output / "checkpoint-4");
  EXPECT_EQ(read.step, 4);
  EXPECT_EQ(read.ranks, 2);
  EXPECT_EQ(read.zero_stage, 3);
  EXPECT_EQ(read.parameters, written.parameters);
  EXPECT_EQ(read.config.dump(), written.config.dump());
  EXPECT_TRUE(differences(read.fingerprint, written.fingerprint).empty());
  ASSERT_EQ(read.files.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.files[i].sha256, written.files[i].sha256);
    EXPECT_EQ(read.files[i].ranges, written.files[i].ranges);
  }
  EXPECT_EQ(read_trainer_state_text(output / "checkpoint-4"), kTrainerState);
}

TEST(CheckpointFolder, WhatIsKnownLastIsInTheManifestToo) {
  const TemporaryFolder output;
  make_checkpoint(output.path(), 2);
  EXPECT_FALSE(read_checkpoint_manifest(output / "checkpoint-2").save_seconds);
  commit_checkpoint(output.path(), write_state(output.path(), 4), kTrainerState, kAtOnce,
                    [](const auto& folder, CheckpointManifest& manifest) {
                      EXPECT_EQ(folder.filename(), "tmp-checkpoint-4");
                      manifest.save_seconds = 1.1;
                    });
  EXPECT_EQ(read_checkpoint_manifest(output / "checkpoint-4").save_seconds, 1.1);
}

TEST(CheckpointFolder, EveryKindOfDamageHasAReason) {
  const auto reason_after = [](const std::function<void(const std::filesystem::path&)>& damage) {
    const TemporaryFolder output;
    make_checkpoint(output.path(), 4);
    damage(output / "checkpoint-4");
    return incompleteness_of(output / "checkpoint-4");
  };
  const std::string state = "state-00001-of-00002.h5";
  EXPECT_EQ(reason_after([](const auto& folder) { std::filesystem::remove(folder / "manifest.json"); }),
            "it has no manifest.json");
  EXPECT_EQ(reason_after([](const auto& folder) { std::filesystem::remove(folder / "trainer_state.json"); }),
            "trainer_state.json is missing");
  EXPECT_NE(reason_after([](const auto& folder) {
              std::ofstream(folder / "trainer_state.json") << "{}";
            }).find("trainer_state.json is damaged"),
            std::string::npos);
  EXPECT_EQ(reason_after([&](const auto& folder) { std::filesystem::remove(folder / state); }),
            state + " is missing");
  EXPECT_NE(reason_after([&](const auto& folder) {
              std::filesystem::resize_file(folder / state, std::filesystem::file_size(folder / state) - 1);
            }).find(state + " has"),
            std::string::npos);
  EXPECT_NE(reason_after([](const auto& folder) {
              std::string text = read_text_file(folder / "manifest.json");
              text.replace(text.find("0.1"), 3, "0.2");
              std::ofstream(folder / "manifest.json") << text;
            }).find("was changed since it was written"),
            std::string::npos);
  EXPECT_NE(reason_after([](const auto& folder) {
              const std::string text = read_text_file(folder / "manifest.json");
              std::ofstream(folder / "manifest.json") << text.substr(0, text.size() / 2);
            }).find("not valid JSON"),
            std::string::npos);
  EXPECT_NE(reason_after([](const auto& folder) {
              std::string text = read_text_file(folder / "manifest.json");
              text.replace(text.find("\"format_version\": 1"), 19, "\"format_version\": 9");
              std::ofstream(folder / "manifest.json") << text;
            }).find("format version 9"),
            std::string::npos);
}

TEST(CheckpointFolder, ARenamedOneIsNotTakenForItsNewNumber) {
  const TemporaryFolder output;
  make_checkpoint(output.path(), 4);
  std::filesystem::rename(output / "checkpoint-4", output / "checkpoint-40");
  EXPECT_EQ(incompleteness_of(output / "checkpoint-40"), "it is of step 4");
}

TEST(CheckpointFolder, AFileThatShowsLateIsWaitedForAndOneThatNeverComesIsNamed) {
  const TemporaryFolder output;
  const CheckpointManifest manifest = write_state(output.path(), 4);
  const std::filesystem::path file = unfinished_checkpoint(output.path(), 4) / manifest.files[1].file;
  std::filesystem::rename(file, output / "elsewhere");
  try {
    commit_checkpoint(output.path(), manifest, kTrainerState, std::chrono::milliseconds(30));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kRunTimeFailure);
    EXPECT_NE(std::string(error.what()).find(manifest.files[1].file), std::string::npos);
  }
  EXPECT_TRUE(checkpoint_steps(output.path()).empty());
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::filesystem::rename(output / "elsewhere", file);
  });
  EXPECT_NO_THROW(commit_checkpoint(output.path(), manifest, kTrainerState, std::chrono::seconds(20)));
  late.join();
}

TEST(CheckpointFolder, RemovingAndSettingAsideLeaveNoHalfCheckpoints) {
  const TemporaryFolder output;
  for (const std::int64_t step : {2, 4, 6}) make_checkpoint(output.path(), step);
  remove_checkpoint(output.path(), 2);
  EXPECT_EQ(set_checkpoint_aside(output.path(), 6), output / "set-aside-checkpoint-6");
  EXPECT_EQ(checkpoint_steps(output.path()), std::vector<std::int64_t>{4});
  make_checkpoint(output.path(), 6);
  set_checkpoint_aside(output.path(), 6);  // in place of the earlier one
  EXPECT_EQ(checkpoint_steps(output.path()), std::vector<std::int64_t>{4});

  std::filesystem::create_directories(unfinished_checkpoint(output.path(), 8));
  std::filesystem::create_directories(output / "tmp-removed-checkpoint-2");
  std::filesystem::create_directories(output / "tmp-of-the-user");
  remove_unfinished_checkpoints(output.path());
  EXPECT_FALSE(std::filesystem::exists(unfinished_checkpoint(output.path(), 8)));
  EXPECT_FALSE(std::filesystem::exists(output / "tmp-removed-checkpoint-2"));
  EXPECT_TRUE(std::filesystem::exists(output / "tmp-of-the-user"));
  EXPECT_EQ(incompleteness_of(output / "checkpoint-4"), "");
}

TEST(CheckpointFolder, OneThatIsGoneCountsAsRemovedAndWhatEarlierRemovalsLeftGoesToo) {
  const TemporaryFolder output;
  for (const std::int64_t step : {2, 4}) make_checkpoint(output.path(), step);
  std::filesystem::create_directories(output / "tmp-removed-checkpoint-1" / "held");
  const Removal removal = remove_checkpoints(output.path(), {2, 3});
  EXPECT_EQ(removal.removed, (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(removal.failures.empty());
  EXPECT_EQ(checkpoint_steps(output.path()), std::vector<std::int64_t>{4});
  EXPECT_FALSE(std::filesystem::exists(output / "tmp-removed-checkpoint-1"));
  EXPECT_NO_THROW(remove_checkpoint(output.path(), 3));
}

}  // namespace
}  // namespace hone
