#include "preprocess/segment_store.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/output_name.hpp"
#include "preprocess/segment_lines.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;
using User = WorkFolder::User;

class Store : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(parent_); }
  WorkFolder open(const OrderedJson& plan, User user = User::kRun) const {
    return WorkFolder(parent_ / "data", plan, 1, user, Slice{});
  }

  fs::path parent_ =
      fs::path(testing::TempDir()) / ("hone-store-" + std::to_string(::getpid()) + "-" +
                                      testing::UnitTest::GetInstance()->current_test_info()->name());
};

BlockResult block(std::size_t segment, std::uint32_t file, std::uint64_t lines, bool ends) {
  BlockResult result;
  result.segment = segment;
  result.file = file;
  result.lines = lines;
  result.ends_segment = ends;
  if (ends) return result;
  result.rows = {{{1, 2, 3}, {0, 1, 1}, file, 1}};
  result.notes = {kTruncated};
  result.bad = {{file, lines, 70, "not JSON"}};
  result.first_dropped = {{"overlong", {file, 2, 30, "overlong"}}};
  return result;
}

TEST_F(Store, GivesBackWhatItKeptWithLinesOfTheirInputs) {
  const WorkFolder work = open({{"a", 1}});
  SegmentStore store(work, SegmentStore::Reader::kThisRun);
  for (const auto& [segment, file] : {std::pair(0, 0), {1, 0}, {2, 1}}) {
    store.add(block(static_cast<std::size_t>(segment), static_cast<std::uint32_t>(file), 5, false));
    EXPECT_FALSE(work.has_segment(static_cast<std::size_t>(segment)));
    store.add(block(static_cast<std::size_t>(segment), static_cast<std::uint32_t>(file), 0, true));
    store.wait();
    EXPECT_TRUE(work.has_segment(static_cast<std::size_t>(segment)));
  }
  std::vector<std::uint64_t> rows, bad, dropped;
  SegmentLines lines;
  read_segments(work, 0, 3, [&](BlockResult& result) {
    lines.set_right(result);
    for (const Row& row : result.rows) {
      EXPECT_EQ(row.ids, (std::vector<std::uint32_t>{1, 2, 3}));
      EXPECT_EQ(row.loss_mask, (std::vector<std::uint8_t>{0, 1, 1}));
      rows.push_back(row.source_line);
    }
    for (const RejectedLine& line : result.bad) bad.push_back(line.line);
    for (const auto& [reason, line] : result.first_dropped) dropped.push_back(line.line);
  });
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{1, 6, 1}));
  EXPECT_EQ(bad, (std::vector<std::uint64_t>{5, 10, 5}));
  EXPECT_EQ(dropped, (std::vector<std::uint64_t>{2, 7, 2}));
}

TEST_F(Store, AFolderOfAnotherPlanIsEmptiedByARunAndRefusedByASlice) {
  {
    const WorkFolder work = open({{"a", 1}});
    SegmentStore store(work, SegmentStore::Reader::kLaterRun);
    store.add(block(0, 0, 0, true));
  }
  EXPECT_TRUE(open({{"a", 1}}).has_segment(0));
  EXPECT_THROW(open({{"a", 2}}, User::kSlice), Error);
  EXPECT_THROW(open({{"a", 2}}, User::kFinish), Error);
}

TEST_F(Store, ARunOfAnotherPlanThrowsTheWorkAway) {
  {
    const WorkFolder work = open({{"a", 1}});
    SegmentStore store(work, SegmentStore::Reader::kLaterRun);
    store.add(block(0, 0, 0, true));
  }
  WorkFolder work = open({{"a", 2}});
  EXPECT_FALSE(work.has_segment(0));
  work.remove();
  EXPECT_FALSE(fs::exists(work_path(parent_ / "data")));
}

TEST_F(Store, SegmentsWithoutAPlanAreThrownAwayByARunAndRefusedByASlice) {
  {
    const WorkFolder work = open({{"a", 1}});
    SegmentStore(work, SegmentStore::Reader::kThisRun).add(block(0, 0, 0, true));
  }
  fs::remove(work_path(parent_ / "data") / "plan.json");  // as a kill leaves it while the work is thrown away
  EXPECT_THROW(open({{"a", 1}}, User::kSlice), Error);
  EXPECT_FALSE(open({{"a", 1}}).has_segment(0));
}

TEST_F(Store, ASliceIsRefusedWhileARunWorksAndNotBesideAnotherSlice) {
  {
    const WorkFolder run = open({{"a", 1}});
    EXPECT_THROW(open({{"a", 1}}, User::kSlice), Error);
  }
  const WorkFolder slice(parent_ / "data", {{"a", 1}}, 1, User::kSlice, Slice{0, 2});
  EXPECT_NO_THROW(WorkFolder(parent_ / "data", {{"a", 1}}, 1, User::kSlice, Slice{1, 2}));
  EXPECT_THROW(open({{"a", 1}}), Error);
}

TEST_F(Store, TheTimeOfTheFirstRunIsKept) {
  open({{"a", 1}});
  EXPECT_EQ(WorkFolder(parent_ / "data", {{"a", 1}}, 99, User::kRun, Slice{}).began(), 1);
}

// Two processes, as slices are: which of them is the first is for them to agree upon.
TEST_F(Store, SlicesThatBeginAtOnceAgreeOnTheTime) {
  for (int attempt = 0; attempt < 30; ++attempt) {
    fs::remove_all(parent_);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const auto began_of_slice = [&](std::size_t index) {
      return WorkFolder(parent_ / "data", {{"a", 1}}, static_cast<std::int64_t>(index) + 1, User::kSlice,
                        {index, 2})
          .began();
    };
    const pid_t child = ::fork();
    if (child == 0) {
      const std::int64_t began = began_of_slice(1);
      const bool written = ::write(pipe[1], &began, sizeof began) == sizeof began;
      ::_exit(written ? 0 : 1);
    }
    const std::int64_t mine = began_of_slice(0);
    std::int64_t other = 0;
    ASSERT_EQ(::read(pipe[0], &other, sizeof other), static_cast<ssize_t>(sizeof other));
    ::waitpid(child, nullptr, 0);
    for (const int end : pipe) ::close(end);
    ASSERT_EQ(mine, other) << attempt;
  }
}

}  // namespace
}  // namespace hone
