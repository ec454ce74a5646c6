#include "train/stop_notice.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

SaveOptions options(bool overwrite, const std::string& resume) {
  SaveOptions save;
  save.output_dir = "out";
  save.overwrite_output_dir = overwrite;
  save.resume_from_checkpoint = resume;
  return save;
}

TEST(StopNotice, SaysWhyWhereAndHowToGoOn) {
  EXPECT_EQ(
      stop_notice(Request::kUserSignal, options(false, "auto"), 12, 100),
      "by SIGUSR1 after step 12 of 100: out/checkpoint-12 is complete; start the same command again to go "
      "on from it");
}

TEST(StopNotice, NeverTellsToRepeatACommandThatWouldStartOver) {
  EXPECT_NE(stop_notice(Request::kTimeUp, options(true, "auto"), 1, 2)
                .find("again without --overwrite_output_dir to"),
            std::string::npos);
  EXPECT_NE(stop_notice(Request::kTimeUp, options(false, "old/checkpoint-3"), 1, 2)
                .find("again with --resume_from_checkpoint auto to"),
            std::string::npos);
  EXPECT_NE(stop_notice(Request::kTimeUp, options(true, "none"), 1, 2)
                .find("without --overwrite_output_dir and with --resume_from_checkpoint auto to"),
            std::string::npos);
}

TEST(StopNotice, NamesNoCheckpointWhereNoStepWasDone) {
  EXPECT_EQ(stop_notice(Request::kTerminate, options(false, "auto"), 0, 100).find("checkpoint-"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
