#include "inspect/comparison.hpp"

#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

using Numbers = std::vector<std::int64_t>;

/// A dataset of the rows of `make_row` with these numbers, in this order.
class MadeOf {
 public:
  explicit MadeOf(const std::vector<std::uint64_t>& rows, const std::string& loss = "assistant") {
    Manifest manifest;
    manifest.inputs = {{"a.jsonl", 10, "aa"}, {"b.jsonl", 20, "bb"}};
    manifest.loss = loss;
    PartWriter writer(folder_.path(), manifest, 50);
    for (const std::uint64_t number : rows) {
      const Row row = make_row(number);
      writer.append(row);
      manifest.counts.rows += 1;
      manifest.counts.tokens += row.ids.size();
      manifest.counts.targets += count_targets(row.loss_mask);
    }
    manifest.parts = writer.finish();
    write_manifest(folder_.path(), manifest);
  }
  Dataset open() const { return Dataset::open(folder_.path()); }

 private:
  TemporaryFolder folder_;
};

DatasetComparison compared(const MadeOf& a, const MadeOf& b) { return compare(a.open(), b.open()); }

Numbers numbers(const char* name, const DatasetComparison& comparison) {
  for (const ComparedValue& value : comparison.values) {
    if (value.name == name) return {std::stoll(value.a), std::stoll(value.b)};
  }
  return {};
}

TEST(Comparison, TheSameRowsInOtherPlacesOfOtherFilesAreEqual) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "a");
  std::filesystem::create_directory(folder / "b");
  make_dataset(folder / "a", 60, 50);
  make_dataset(folder / "b", 60, 100000);  // other parts
  const auto comparison = compare(Dataset::open(folder / "a"), Dataset::open(folder / "b"));
  EXPECT_TRUE(comparison.equal());
  EXPECT_FALSE(comparison.first_differing.has_value());
}

TEST(Comparison, AChangedRowIsFoundAtItsPlace) {
  const auto comparison = compared(MadeOf({1, 2, 3, 4}), MadeOf({1, 2, 7, 4}));
  EXPECT_FALSE(comparison.equal());
  EXPECT_EQ(comparison.first_differing, 2);
  EXPECT_EQ(comparison.differing, 1);
  EXPECT_EQ(comparison.only_in_a, Numbers{2});
  EXPECT_EQ(comparison.only_in_b, Numbers{2});
}

TEST(Comparison, AnInsertedRowMovesTheOthersButIsTheOnlyOneOfItsSide) {
  const auto comparison = compared(MadeOf({1, 2, 3}), MadeOf({9, 1, 2, 3}));
  EXPECT_EQ(comparison.first_differing, 0);
  EXPECT_EQ(comparison.differing, 3);
  EXPECT_EQ(comparison.only_in_a, Numbers{});
  EXPECT_EQ(comparison.only_in_b, Numbers{0});
  EXPECT_EQ(numbers("rows", comparison), (Numbers{3, 4}));
}

TEST(Comparison, ARowMoreAtTheEndDiffersAtNoCommonPlace) {
  const auto comparison = compared(MadeOf({1, 2, 3}), MadeOf({1, 2}));
  EXPECT_FALSE(comparison.first_differing.has_value());
  EXPECT_EQ(comparison.only_in_a, Numbers{2});
  EXPECT_FALSE(comparison.equal());
}

TEST(Comparison, AnotherOrderHasNoRowsOfItsOwn) {
  const auto comparison = compared(MadeOf({1, 2, 3}), MadeOf({1, 3, 2}));
  EXPECT_EQ(comparison.differing, 2);
  EXPECT_TRUE(comparison.only_in_a.empty() && comparison.only_in_b.empty());
  EXPECT_FALSE(comparison.equal());
}

TEST(Comparison, ARowThatIsThereMoreOftenIsCountedAsOften) {
  const auto comparison = compared(MadeOf({1, 1, 1, 2}), MadeOf({1, 2}));
  EXPECT_EQ(comparison.only_in_a, (Numbers{1, 2}));
  EXPECT_TRUE(comparison.only_in_b.empty());
}

TEST(Comparison, RowsThatWereMadeOtherwiseAreNotEqual) {
  const auto comparison = compared(MadeOf({1, 2}), MadeOf({1, 2}, "all"));
  EXPECT_TRUE(comparison.same_rows());
  EXPECT_FALSE(comparison.equal());
}

}  // namespace
}  // namespace hone
