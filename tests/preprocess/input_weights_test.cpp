#include "preprocess/input_weights.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

Row row(std::uint32_t file, std::uint32_t id, std::uint64_t line) {
  return {{id, id + 1, 7}, {0, 1, 1}, file, line};
}

std::string refusal(const std::vector<std::string>& assignments, const std::vector<std::string>& inputs) {
  try {
    const InputWeights weights(assignments, inputs);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return "";
}

TEST(InputWeights, AreFoundByNameOrPattern) {
  const InputWeights weights({"data/a*.jsonl=2", "x=1.jsonl=0.5"},
                             {"data/a1.jsonl", "b.jsonl", "data/a2.jsonl", "x=1.jsonl"});
  EXPECT_EQ(weights.of(0), 2);
  EXPECT_EQ(weights.of(1), 1);
  EXPECT_EQ(weights.of(2), 2);
  EXPECT_EQ(weights.of(3), 0.5);
}

TEST(InputWeights, WholeWeightsTakeEveryRowSoOften) {
  const InputWeights weights({"a=3"}, {"a", "b"});
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(weights.copies(row(0, i, i)), 3U);
    EXPECT_EQ(weights.copies(row(1, i, i)), 1U);
    EXPECT_EQ(InputWeights().copies(row(0, i, i)), 1U);
  }
}

TEST(InputWeights, TheRestTakesItsShareOfTheRows) {
  const InputWeights weights({"a=2.25", "b=0.7"}, {"a", "b"});
  std::uint64_t a = 0, b = 0;
  constexpr std::uint32_t kRows = 20000;
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const std::uint64_t copies = weights.copies(row(0, i % 50, i));
    EXPECT_TRUE(copies == 2 || copies == 3);
    EXPECT_EQ(copies, weights.copies(row(0, i % 50, i)));
    a += copies;
    b += weights.copies(row(1, i, 1));
  }
  // Five standard deviations of a binomial draw.
  EXPECT_NEAR(static_cast<double>(a) / kRows, 2.25, 5 * 0.0031);
  EXPECT_NEAR(static_cast<double>(b) / kRows, 0.7, 5 * 0.0033);
}

TEST(InputWeights, WhatWeighsNothingIsRefused) {
  EXPECT_NE(refusal({"c.jsonl=2"}, {"a.jsonl", "b.jsonl"}).find("weighs no input"), std::string::npos);
  EXPECT_NE(refusal({"a=2", "?=3"}, {"a", "b"}).find("weigh a both"), std::string::npos);
  for (const char* weight : {"a=0", "a=-1", "a=x", "a=", "a", "a=nan", "a=1e9", "a=2x"})
    EXPECT_NE(refusal({weight}, {"a"}).find("is no weight"), std::string::npos) << weight;
}

}  // namespace
}  // namespace hone
