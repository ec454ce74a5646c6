#include "base/program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <vector>

namespace hone {
namespace {

struct Outcome {
  int status;
  std::string text;  // what stderr received
};

Outcome run(const std::function<ExitCode()>& body, const FailurePlace& place = {},
            const FailureEnd& end = {}) {
  ::testing::internal::CaptureStderr();
  const int status = run_program({"hone-x"}, body, place, end);
  return {status, ::testing::internal::GetCapturedStderr()};
}

TEST(Program, WhatTheBodyReturnsIsTheExitStatus) {
  for (const auto& [code, status] :
       {std::pair{ExitCode::kDone, 0}, {ExitCode::kDiverged, 4}, {ExitCode::kRequeue, 75}}) {
    const Outcome outcome = run([code = code] { return code; });
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.text, "");
  }
}

TEST(Program, EachKindOfErrorIsOneLineAndItsOwnStatus) {
  const auto failing = [](ExitCode code) {
    return run([=]() -> ExitCode { throw Error(code, "what", "why", "remedy"); });
  };
  for (const int status : {1, 2, 3, 4, 75}) {
    const Outcome outcome = failing(static_cast<ExitCode>(status));
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.text, "hone-x: error: what (why); remedy\n");
  }
}

TEST(Program, ALibrarysFailureIsARunTimeFailureWithoutItsStackTrace) {
  const Outcome outcome =
      run([]() -> ExitCode { throw std::runtime_error("mat1 and mat2 differ\nframe #0: ..."); });
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text, "hone-x: error: mat1 and mat2 differ\n");
}

TEST(Program, LackOfMemoryHasTheProgramsOwnRemedy) {
  const auto body = []() -> ExitCode { throw std::bad_alloc(); };
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_program({"hone-x", "lower --threads"}, body), 1);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "hone-x: error: out of memory; lower --threads\n");
  EXPECT_EQ(run(body).text, "hone-x: error: out of memory; free memory, or run it where there is more\n");
}

TEST(Program, AFailedLookAtADiskNamesThePathTheReasonAndARemedy) {
  const Outcome outcome = run(
      []() -> ExitCode { return ExitCode{static_cast<int>(std::filesystem::file_size("/nowhere/at all"))}; });
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(
      outcome.text,
      "hone-x: error: /nowhere/at all (No such file or directory); check the path, its permissions and free "
      "space\n");
}

TEST(Program, ThePlaceIsAskedForWhenTheFailureHappens) {
  int step = 0;
  const FailurePlace place = [&] { return step == 0 ? "" : "[step " + std::to_string(step) + "]"; };
  const auto body = [&]() -> ExitCode {
    step = 420;
    fail_data("what", "", "");
  };
  EXPECT_EQ(run(body, place).text, "hone-x: error: [step 420] what\n");
  EXPECT_EQ(run([]() -> ExitCode { fail_data("what", "", ""); }, [] { return ""; }).text,
            "hone-x: error: what\n");
}

TEST(Program, TheJobIsEndedOnlyAfterAFailureAndWithItsCode) {
  std::vector<ExitCode> ended;
  const FailureEnd end = [&](ExitCode code) {
    fputs("ended\n", stderr);
    ended.push_back(code);
  };
  run([] { return ExitCode::kRequeue; }, {}, end);
  EXPECT_TRUE(ended.empty());
  const Outcome outcome = run([]() -> ExitCode { fail_data("what", "", ""); }, {}, end);
  EXPECT_EQ(ended, std::vector{ExitCode::kData});
  EXPECT_EQ(outcome.text, "hone-x: error: what\nended\n");  // the line is out before the peers are stopped
}

}  // namespace
}  // namespace hone
