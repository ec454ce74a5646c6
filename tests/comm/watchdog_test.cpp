// What src/comm/watchdog.cpp does, seen through MpiSession::watch().
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "comm/test_session.hpp"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTimeout = std::chrono::seconds(1);
constexpr auto kPatience = std::chrono::seconds(120);

// Rank 0 judges; what it finds is written to a file that the late rank waits for.
class WatchdogTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    found_ = comm_.broadcast_string((std::filesystem::path(testing::TempDir()) /
                                     ("hone-" + std::to_string(::getpid()) + "-" + test->name()))
                                        .string());
    session_.watch(kTimeout, [file = found_](const Error& error) {
      std::ofstream(file + ".tmp") << error.what();
      std::filesystem::rename(file + ".tmp", file);
    });
    comm_.activity().start("the test");
    comm_.barrier();
  }
  void TearDown() override {
    session_.watch(std::chrono::hours(1), [](const Error&) {});
    comm_.barrier();
    if (comm_.rank() == 0) std::filesystem::remove(found_);
    comm_.barrier();
  }

  bool last() const { return comm_.rank() == comm_.size() - 1; }
  std::string found() const {
    std::ifstream file(found_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void wait_until_found() const {
    const auto deadline = Clock::now() + kPatience;
    while (!std::filesystem::exists(found_) && Clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  MpiSession& session_ = test_session();
  Communicator& comm_ = session_.communicator();
  std::string found_;
};

TEST_F(WatchdogTest, ARankThatDoesNotArriveIsNamedWithWhatItIsAtAndWhatTheOthersWaitIn) {
  if (last()) {
    comm_.activity().start("step 7: reading rows");
    wait_until_found();
  } else {
    comm_.activity().start("step 7: AdamW");
    comm_.activity().move_to("block 3");
  }
  comm_.all_reduce_scalar(1);
  const std::string text = found(), rank = std::to_string(comm_.size() - 1);
  EXPECT_NE(text.find("rank " + rank + " on host " + session_.host()), std::string::npos) << text;
  EXPECT_NE(text.find("did not arrive in all_reduce of block 3"), std::string::npos) << text;
  EXPECT_NE(text.find("stuck at step 7: reading rows"), std::string::npos) << text;
  EXPECT_NE(text.find("after barrier of the test"), std::string::npos) << text;
  comm_.barrier();
}

TEST_F(WatchdogTest, ARankThatComputesIsNotLate) {
  const auto end = Clock::now() + 3 * kTimeout;
  volatile double value = 1;
  while (last() && Clock::now() < end) value = value * 1.0000001 + 1e-9;
  comm_.all_reduce_scalar(value);
  EXPECT_EQ(found(), "");
}

TEST_F(WatchdogTest, ARankThatWritesToASlowDiskIsNotLate) {
  if (last()) {
    const WritingToDisk writing(comm_.activity());
    std::this_thread::sleep_for(3 * kTimeout);
  }
  comm_.all_reduce_scalar(1);
  EXPECT_EQ(found(), "");
}

TEST_F(WatchdogTest, ARankWhoseWorkGoesOnIsNotLate) {
  for (int file = 0; last() && file < 15; ++file) {
    comm_.activity().start("reading file " + std::to_string(file));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  comm_.all_reduce_scalar(1);
  EXPECT_EQ(found(), "");
}

}  // namespace
}  // namespace hone
