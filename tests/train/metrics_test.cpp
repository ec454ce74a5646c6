// metrics.jsonl as whoever plots it reads it.
#include "train/metrics.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <limits>
#include <sstream>
#include <vector>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

class Metrics : public Folder {
 protected:
  std::filesystem::path path() const { return folder() / "metrics.jsonl"; }
  std::vector<Json> lines() const {
    std::vector<Json> result;
    std::istringstream text(content(path()));
    for (std::string line; std::getline(text, line);) result.push_back(Json::parse(line));
    return result;
  }
  std::vector<std::int64_t> steps() const {
    std::vector<std::int64_t> result;
    for (const Json& line : lines()) result.push_back(line.at("step").get<std::int64_t>());
    return result;
  }
};

StepMetrics step(std::int64_t number) {
  StepMetrics metrics;
  metrics.step = number;
  return metrics;
}

TEST_F(Metrics, TheLogHistoryHoldsTheWholeLinesUpToAStep) {
  file("metrics.jsonl",
       "{\"step\": 9, \"loss\": 1}\n{\"step\": 10, \"eval_loss\": 2}\n{\"step\": 11}\n{\"st");
  EXPECT_EQ(log_history_up_to(path(), 10).dump(), R"([{"step":9,"loss":1},{"step":10,"eval_loss":2}])");
}

TEST_F(Metrics, AStepIsOneObjectOfItsNumbersByTheirNames) {
  StepMetrics metrics;
  metrics.step = 12;
  metrics.epoch = 0.75;
  metrics.loss = 2.5;
  metrics.grad_norm = 1.25;
  metrics.learning_rate = 5e-5;
  metrics.tokens = 4096;
  metrics.targets = 1000;
  metrics.tokens_per_second = 321.5;
  metrics.peak_share = 0.5;
  metrics.traffic.all_gather = 70;
  metrics.traffic.quantised_all_gather = 30;
  metrics.traffic.reduce = 9;
  MetricsWriter(path(), 0).write(metrics);
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0], Json::parse(R"({"step": 12, "epoch": 0.75, "loss": 2.5, "grad_norm": 1.25,
    "learning_rate": 5e-5, "tokens": 4096, "targets": 1000, "tokens_per_second": 321.5, "peak_share": 0.5,
    "all_gather_bytes": 70, "quantised_all_gather_bytes": 30, "reduce_bytes": 9})"));
}

TEST_F(Metrics, ALossScaleIsToldWithTheStepsItSkippedAndOtherwiseNeither) {
  StepMetrics scaled = step(1);
  scaled.loss_scale = 65536;
  scaled.skipped_steps = 3;
  MetricsWriter writer(path(), 0);
  writer.write(scaled);
  writer.write(step(2));
  EXPECT_EQ(lines()[0].at("loss_scale"), 65536);
  EXPECT_EQ(lines()[0].at("skipped_steps"), 3);
  EXPECT_FALSE(lines()[1].contains("loss_scale") || lines()[1].contains("skipped_steps"));
}

TEST_F(Metrics, AnEvaluationIsALineOfItsOwn) {
  MetricsWriter(path(), 0).write(EvalMetrics{8, 1.5, 200});
  EXPECT_EQ(lines()[0], Json::parse(R"({"step": 8, "eval_loss": 1.5, "eval_targets": 200})"));
}

TEST_F(Metrics, NumbersThatAreNotFiniteAreNamedSinceJsonHasNone) {
  StepMetrics metrics = step(1);
  metrics.loss = std::numeric_limits<double>::quiet_NaN();
  metrics.grad_norm = std::numeric_limits<double>::infinity();
  MetricsWriter writer(path(), 0);
  writer.write(metrics);
  writer.write(EvalMetrics{2, -std::numeric_limits<double>::infinity(), 1});
  EXPECT_EQ(lines()[0].at("loss"), "nan");
  EXPECT_EQ(lines()[0].at("grad_norm"), "inf");
  EXPECT_EQ(lines()[1].at("eval_loss"), "-inf");
}

TEST_F(Metrics, EveryLineIsInTheFileAtOnce) {
  MetricsWriter writer(path(), 0);
  for (std::int64_t i = 1; i <= 3; ++i) {
    writer.write(step(i));
    EXPECT_EQ(steps().size(), static_cast<std::size_t>(i));
  }
}

TEST_F(Metrics, ARunThatBeginsAnewKeepsNothingOfAnEarlierOne) {
  file("metrics.jsonl", "{\"step\": 1}\n{\"step\": 2}\n");
  MetricsWriter(path(), 0).write(step(1));
  EXPECT_EQ(lines().size(), 1U);
  EXPECT_TRUE(lines()[0].contains("loss"));
}

TEST_F(Metrics, ARunThatGoesOnKeepsTheLinesUpToItsStepAndAddsToThem) {
  file("metrics.jsonl", "{\"step\": 1}\n{\"step\": 2}\n{\"step\": 2, \"eval_loss\": 1}\n{\"step\": 3}\n");
  MetricsWriter(path(), 2).write(step(3));
  EXPECT_EQ(steps(), (std::vector<std::int64_t>{1, 2, 2, 3}));
  EXPECT_EQ(lines()[2].at("eval_loss"), 1);
  EXPECT_TRUE(lines()[3].contains("loss"));
}

TEST_F(Metrics, LinesAreKeptByteByByteButForHalfOnesAndWhatIsNoStep) {
  const std::string whole = "{\"step\":  1, \"x\": 0.10}\n", last = "{\"step\": 5}\n";
  file("metrics.jsonl", whole + "{\"step\": 2, \"lo\n\n[2]\n{\"loss\": 2}\n" + last + "{\"step\": 6");
  EXPECT_EQ(metrics_up_to(path(), 5), whole + last);
  EXPECT_EQ(metrics_up_to(path(), 4), whole);
}

TEST_F(Metrics, ThereAreNoLinesWhereThereIsNoFile) { EXPECT_EQ(metrics_up_to(path(), 10), ""); }

/// Files of this process can't grow beyond `bytes`, as on a disk that is full.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit before_ = {};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);  // then a write fails instead
};

TEST_F(Metrics, ALineThatCanTBeWrittenEndsTheRunWithTheFilesName) {
  MetricsWriter writer(path(), 0);
  const SmallFiles limit(100);
  const std::string line = refusal(ExitCode::kRunTimeFailure, [&] {
    for (std::int64_t i = 1; i <= 2; ++i) writer.write(step(i));
  });
  EXPECT_NE(line.find(path().string()), std::string::npos) << line;
  EXPECT_NE(line.find("File too large"), std::string::npos) << line;
}

}  // namespace
}  // namespace hone
