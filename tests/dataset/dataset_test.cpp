#include "dataset/dataset.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.hpp"
#include "dataset/verify.hpp"
#include "dataset_test_support.hpp"

namespace hone {
namespace {

void expect_rows(const Dataset& dataset, std::uint64_t count) {
  ASSERT_EQ(dataset.rows(), static_cast<std::int64_t>(count));
  const std::vector<std::uint32_t> source_files = dataset.source_files();
  ASSERT_EQ(source_files.size(), count);
  Row read;
  for (std::uint64_t i = count; i-- > 0;) {  // backwards: rows are found without reading those before
    const Row row = make_row(i);
    dataset.read_row(static_cast<std::int64_t>(i), read);
    EXPECT_EQ(read.ids, row.ids);
    EXPECT_EQ(read.loss_mask, row.loss_mask);
    EXPECT_EQ(read.source_file, row.source_file);
    EXPECT_EQ(read.source_line, row.source_line);
    EXPECT_EQ(source_files[i], row.source_file);
    EXPECT_EQ(dataset.lengths()[i], row.ids.size());
    EXPECT_EQ(dataset.target_counts()[i], count_targets(row.loss_mask));
  }
}

TEST(Dataset, GivesBackEveryRowOverAnyNumberOfParts) {
  for (const std::uint64_t tokens_per_part : {1, 50, 333, 100000}) {
    const TemporaryFolder folder;
    make_dataset(folder.path(), 100, tokens_per_part);
    const Dataset dataset = Dataset::open(folder.path(), DatasetCheck::kContents);
    expect_rows(dataset, 100);
    verify_rows(dataset);
    EXPECT_EQ(dataset.manifest().parts.size() == 1, tokens_per_part == 100000);
  }
}

TEST(Dataset, LeavesTheFirstIdOutOfTheTargets) {
  EXPECT_EQ(count_targets(std::vector<std::uint8_t>{}), 0u);
  EXPECT_EQ(count_targets(std::vector<std::uint8_t>{1}), 0u);
  EXPECT_EQ(count_targets(std::vector<std::uint8_t>{1, 1, 0, 1}), 2u);
}

TEST(Dataset, IsTheSameBytesInEveryRun) {
  const TemporaryFolder folder;
  for (const char* name : {"one", "two"}) {
    std::filesystem::create_directory(folder / name);
    make_dataset(folder / name, 300, 1000);
    ::usleep(1100 * 1000);  // HDF5's time stamps count seconds
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder / "one")) {
    EXPECT_TRUE(read_text_file(entry.path()) ==
                read_text_file(folder / "two" / entry.path().filename().string()))
        << entry.path();
  }
}

TEST(Dataset, HoldsRowsLongerThanAChunk) {
  const TemporaryFolder folder;
  Row row;
  row.ids.assign(100000, 7);
  row.ids.back() = 8;
  row.loss_mask.assign(100000, 1);
  row.source_line = 1;
  PartWriter writer(folder.path(), {});
  writer.append(make_row(0));
  writer.append(row);
  Manifest manifest;
  manifest.inputs = {{"a.jsonl", 1, ""}, {"b.jsonl", 1, ""}};
  manifest.parts = writer.finish();
  const auto& part = manifest.parts.front();
  manifest.counts.rows = part.rows;
  manifest.counts.tokens = part.tokens;
  manifest.counts.targets = part.targets;
  write_manifest(folder.path(), manifest);
  const Dataset dataset = Dataset::open(folder.path());
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> mask;
  dataset.read_row(1, ids, mask);
  EXPECT_EQ(ids, row.ids);
  EXPECT_EQ(dataset.target_counts()[1], 99999u);
}

TEST(Dataset, TellsAnEmptySystemTurnFromNone) {
  for (const std::optional<std::string>& prompt :
       {std::optional<std::string>(), std::optional<std::string>(""),
        std::optional<std::string>("Be brief.")}) {
    const TemporaryFolder folder;
    Manifest manifest;
    manifest.chat_template.system_prompt = prompt;
    write_manifest(folder.path(), manifest);
    EXPECT_EQ(read_manifest(folder.path()).chat_template.system_prompt, prompt);
    const Json json = read_json_file(folder / "manifest.json");
    EXPECT_EQ(json.at("template").at("system_prompt"), prompt ? Json(*prompt) : Json(nullptr));
  }
}

TEST(Dataset, MorePartsThanFilesMayBeOpenIsNoDamage) {
  const TemporaryFolder folder;
  make_dataset(folder.path(), 40, 50);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(STDERR_FILENO);
  ::close(next);
  const rlimit three_more{static_cast<rlim_t>(next) + 3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &three_more), 0);
  std::string text;
  try {
    Dataset::open(folder.path());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kRunTimeFailure);
    text = error.what();
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_NE(text.find("can't open " + (folder / "part-").string()), std::string::npos) << text;
  EXPECT_NE(text.find("(Too many open files); raise the limit of open files (ulimit -n)"), std::string::npos)
      << text;
  EXPECT_GT(Dataset::open(folder.path()).manifest().parts.size(), 3U);
}

TEST(Dataset, ServesEightReadersAtOnceFromAReadOnlyFolder) {
  const TemporaryFolder folder;
  make_dataset(folder.path(), 200, 500);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_read);
  }
  std::vector<pid_t> readers;
  for (int i = 0; i < 8; ++i) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      for (int round = 0; round < 5; ++round) expect_rows(Dataset::open(folder.path()), 200);
      ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    readers.push_back(pid);
  }
  for (const pid_t reader : readers) {
    int status = -1;
    ASSERT_EQ(::waitpid(reader, &status, 0), reader);
    EXPECT_EQ(status, 0);
  }
}

}  // namespace
}  // namespace hone
