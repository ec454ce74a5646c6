// Micro-batches of a dataset of three rows, laid out by hand.
#include "train/batch_builder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t kVocabulary = 10, kHeadDim = 4;
constexpr double kTheta = 100;

Numbers numbers_of(const Tensor& tensor) {
  EXPECT_EQ(tensor.scalar_type(), at::kLong);
  const auto* const first = tensor.const_data_ptr<std::int64_t>();
  return {first, first + tensor.numel()};
}

class BatchBuilderTest : public ::testing::Test {
 protected:
  BatchBuilderTest() : dataset_(make()) {
    config_.head_dim = kHeadDim;
    config_.rope.theta = kTheta;
  }

  Dataset make() const {
    Manifest manifest;
    manifest.inputs = {{"a.jsonl", 10, "aa"}};
    manifest.counts.rows = 3;
    PartWriter writer(folder_.path(), manifest);
    for (const Row& row : {Row{{5, 6, 7, 8}, {0, 0, 1, 1}, 0, 1}, Row{{9, 3}, {1, 1}, 0, 2},
                           Row{{1, 2, 4}, {0, 1, 0}, 0, 3}}) {
      writer.append(row);
      manifest.counts.tokens += row.ids.size();
      manifest.counts.targets += count_targets(row.loss_mask);
    }
    manifest.max_id = 9;
    manifest.parts = writer.finish();
    write_manifest(folder_.path(), manifest);
    return Dataset::open(folder_.path());
  }
  RopeTable rope() const { return RopeTable(config_, 8, at::kFloat, at::kCPU); }

  TemporaryFolder folder_;
  Dataset dataset_;
  ModelConfig config_;
};

TEST_F(BatchBuilderTest, RowsLieEndToEndInTheOrderOfThePlanPackByPack) {
  const RopeTable table = rope();
  const MicroBatch batch = BatchBuilder(dataset_, table, kVocabulary).build({{{1}, {0, 2}}});
  EXPECT_EQ(numbers_of(batch.ids), (Numbers{9, 3, 5, 6, 7, 8, 1, 2, 4}));
  EXPECT_EQ(batch.segments.bounds, (ops::Bounds{0, 2, 6, 9}));
}

TEST_F(BatchBuilderTest, ATargetIsPredictedFromThePositionBeforeItInItsOwnRow) {
  const RopeTable table = rope();
  const MicroBatch batch = BatchBuilder(dataset_, table, kVocabulary).build({{{1}, {0, 2}}});
  // Row 1 says that its first id is a target, too: nothing in front of it could predict it, least of all the
  // end of another row.
  EXPECT_EQ(numbers_of(batch.targets.rows), (Numbers{0, 3, 4, 6}));
  EXPECT_EQ(numbers_of(batch.targets.ids), (Numbers{3, 7, 8, 2}));
  const MicroBatch after = BatchBuilder(dataset_, table, kVocabulary).build({{{2, 1}}});
  EXPECT_EQ(numbers_of(after.targets.rows), (Numbers{0, 3}));
  EXPECT_EQ(numbers_of(after.targets.ids), (Numbers{2, 3}));
}

TEST_F(BatchBuilderTest, PositionsBeginAnewWithEveryRowAlsoWithinAPack) {
  const RopeTable table = rope();
  const MicroBatch batch = BatchBuilder(dataset_, table, kVocabulary).build({{{0, 2}, {1}}});
  const std::vector<double> positions = {0, 1, 2, 3, 0, 1, 2, 0, 1};
  for (std::size_t token = 0; token < positions.size(); ++token) {
    for (std::int64_t pair = 0; pair < kHeadDim / 2; ++pair) {
      const double angle =
          positions[token] * std::pow(kTheta, -2 * static_cast<double>(pair) / static_cast<double>(kHeadDim));
      const auto row = static_cast<std::int64_t>(token);
      EXPECT_NEAR(batch.segments.cos[row][pair].item<double>(), std::cos(angle), 1e-6);
      EXPECT_NEAR(batch.segments.sin[row][pair].item<double>(), std::sin(angle), 1e-6);
    }
  }
}

TEST_F(BatchBuilderTest, WithoutRowsItIsABatchWithoutTokens) {
  const RopeTable table = rope();
  const MicroBatch batch = BatchBuilder(dataset_, table, kVocabulary).build({});
  EXPECT_EQ(batch.ids.numel(), 0);
  EXPECT_EQ(batch.segments.bounds, ops::Bounds{0});
  EXPECT_EQ(batch.segments.cos.sizes(), at::IntArrayRef({0, kHeadDim / 2}));
  EXPECT_EQ(batch.targets.rows.numel(), 0);
  EXPECT_EQ(batch.targets.ids.numel(), 0);
}

TEST_F(BatchBuilderTest, DropoutIsDrawnFromSeedStepAndTheRowsOfTheDatasetAndOnlyWhereItIsAskedFor) {
  const RopeTable table = rope();
  BatchBuilder builder(dataset_, table, kVocabulary);
  EXPECT_FALSE(builder.build({{{1}}}, 5).segments.dropout);
  builder.draw_dropout(77);
  for (const std::int64_t step : {5, 6}) {
    const auto draw = builder.build({{{2}, {0, 1}}}, step).segments.dropout;
    ASSERT_TRUE(draw);
    EXPECT_EQ(draw->seed, 77U);
    EXPECT_EQ(draw->step, step);
    EXPECT_EQ(draw->samples, (Numbers{2, 0, 1}));
  }
}

TEST_F(BatchBuilderTest, AnIdWithoutAnEmbeddingIsRefusedWithItsRow) {
  const RopeTable table = rope();
  EXPECT_NO_THROW(BatchBuilder(dataset_, table, 9).build({{{0}}}));
  const std::string line = data_error_of([&] { BatchBuilder(dataset_, table, 9).build({{{0}, {2, 1}}}); });
  EXPECT_NE(line.find("row 1 of the dataset holds token id 9"), std::string::npos) << line;
  EXPECT_NE(line.find("embedding has 9 rows"), std::string::npos) << line;
}

}  // namespace
}  // namespace hone
