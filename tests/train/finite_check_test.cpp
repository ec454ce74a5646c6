// Weights that are finite in fp32 or in what they are saved as, looked at by all ranks together; under mpirun
// at several rank counts.
#include "train/finite_check.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/base_test_support.hpp"
#include "train/training_test_support.hpp"

namespace hone {
namespace {

constexpr float kHalfMost = 65504;  // IEEE 754 binary16

class FiniteCheck : public ::testing::TestWithParam<int> {
 protected:
  FiniteCheck() {
    training_.units.load([](const WeightPart&, std::int64_t, std::int64_t count, float* out) {
      std::fill_n(out, count, 1.0F);
    });
  }

  /// Sets one element of a parameter, on the ranks that hold it.
  void set(const std::string& parameter, std::int64_t element, float value) {
    for (TrainedGroup* const group : training_.units.trained()) {
      for (const ShardSlice& slice : group->layout().slices(group->shard_rank())) {
        const std::int64_t place = element - slice.part_offset;
        if (slice.part->name == parameter && place >= 0 && place < slice.count)
          group->master()[slice.shard_offset + place] = value;
      }
    }
  }
  void check(const WeightFormats& formats) {
    require_finite_weights(training_.units, formats, 7, training_.comm);
  }
  std::string refused(const WeightFormats& formats) {
    return refusal(ExitCode::kDiverged, [&] { check(formats); });
  }

  Training training_{GetParam()};
};

TEST_P(FiniteCheck, WeightsWithinTheRangeOfTheirTypePass) {
  set("up.a", 64, kHalfMost);
  set("embed.b", 2, -kHalfMost);
  EXPECT_NO_THROW(check(FloatFormat::kFloat16));
}

TEST_P(FiniteCheck, EveryRankNamesTheOneElementThatIsNotFinite) {
  for (const float value : {INFINITY, -INFINITY, NAN}) {
    set("up.a", 64, value);  // the last one of its part: in the shard of one rank alone
    const std::string line = refused(FloatFormat::kFloat32);
    EXPECT_EQ(line.find("training diverged at step 7 (up.a holds inf or nan as float32); "), 0U) << line;
    EXPECT_EQ(line.find("--save_dtype"), std::string::npos) << line;
  }
}

TEST_P(FiniteCheck, WhatIsTooLargeForTheTypeItIsSavedAsIsNamedWithTheWiderOne) {
  set("down.a", 199, 65520);  // rounds to infinity in fp16, and half of it is none
  EXPECT_NO_THROW(check(FloatFormat::kFloat32));
  const std::string line = refused(FloatFormat::kFloat16);
  EXPECT_NE(line.find("(down.a holds inf or nan as float16)"), std::string::npos) << line;
  EXPECT_NE(line.find("--save_dtype float32"), std::string::npos) << line;
}

TEST_P(FiniteCheck, AParameterWithATypeOfItsOwnIsHeldAgainstThat) {
  set("down.a", 0, 1e6);
  WeightFormats formats = FloatFormat::kFloat16;
  formats.others["down.a"] = FloatFormat::kBFloat16;
  EXPECT_NO_THROW(check(formats));
  formats = FloatFormat::kFloat32;
  formats.others["down.a"] = FloatFormat::kFloat16;
  EXPECT_NE(refused(formats).find("(down.a holds inf or nan as float16)"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Stages, FiniteCheck, ::testing::Values(0, 1, 3));

}  // namespace
}  // namespace hone
