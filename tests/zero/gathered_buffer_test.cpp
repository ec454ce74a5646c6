// Runs of a flat buffer that the ranks own, brought together; under mpirun at several rank counts.
#include "zero/gathered_buffer.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "comm/test_session.hpp"

namespace hone {
namespace {

using Residence = GatheredBuffer::Residence;

constexpr std::int64_t kRun = 37;  // elements that a rank owns

class GatheredBufferTest : public ::testing::Test {
 protected:
  std::unique_ptr<GatheredBuffer> make(Residence residence, at::ScalarType type = at::kFloat) {
    return std::make_unique<GatheredBuffer>(kRun, comm_.size(), comm_.rank(), type, residence, comm_, pool_);
  }
  /// Element i of the whole is `first` + i: fills this rank's run of it.
  void fill(const GatheredBuffer& buffer, std::int64_t first) const {
    const std::int64_t begin = first + kRun * comm_.rank();
    buffer.shard().copy_(at::arange(begin, begin + kRun, at::kFloat));
  }
  void expect_whole(const Tensor& whole, std::int64_t first) const {
    const Tensor expected = at::arange(first, first + total_, at::kFloat);
    EXPECT_TRUE(whole.to(at::kFloat).equal(expected)) << whole;
  }

  Communicator& comm_ = test_session().communicator();
  std::int64_t total_ = kRun * comm_.size();
  BufferPool pool_{at::kCPU};
};

TEST_F(GatheredBufferTest, BeginsWithZeroes) {
  for (const Residence residence : {Residence::kWhole, Residence::kShard}) {
    const auto buffer = make(residence);
    EXPECT_EQ(buffer->shard().sizes(), at::IntArrayRef({kRun}));
    EXPECT_EQ(buffer->take().count_nonzero().item<std::int64_t>(), 0);
  }
}

TEST_F(GatheredBufferTest, TheWholeIsTheRunsOfAllRanksInOrder) {
  const auto buffer = make(Residence::kShard);
  fill(*buffer, 100);
  expect_whole(buffer->take(), 100);
}

TEST_F(GatheredBufferTest, AGatherThatWasBegunEarlierIsTheOneThatIsTaken) {
  const auto one = make(Residence::kShard), other = make(Residence::kShard);
  fill(*one, 0);
  fill(*other, 5000);
  one->prefetch();
  other->prefetch();
  one->prefetch();
  expect_whole(other->take(), 5000);
  expect_whole(one->take(), 0);
  EXPECT_EQ(one->gathered_bytes(), comm_.size() == 1 ? 0 : total_ * 4);
}

TEST_F(GatheredBufferTest, EveryTakeBringsTheRunsAsTheyAreThen) {
  const auto buffer = make(Residence::kShard);
  for (const std::int64_t first : {3, 70}) {
    fill(*buffer, first);
    Tensor whole = buffer->take();
    expect_whole(whole, first);
    buffer->give_back(std::move(whole));
  }
}

TEST_F(GatheredBufferTest, AGatheredWholeGoesBackToThePool) {
  const auto buffer = make(Residence::kShard);
  Tensor whole = buffer->take();
  const void* const memory = whole.data_ptr();
  EXPECT_NE(pool_.take(total_, at::kFloat).data_ptr(), memory);
  buffer->give_back(std::move(whole));
  EXPECT_EQ(pool_.take(total_, at::kFloat).data_ptr(), memory);
}

TEST_F(GatheredBufferTest, AResidentWholeIsItselfAndItsRunsAreViewsOfIt) {
  const auto buffer = make(Residence::kWhole);
  Tensor whole = buffer->take();
  EXPECT_EQ(buffer->shard().data_ptr(), whole.narrow(0, kRun * comm_.rank(), kRun).data_ptr());
  const void* const memory = whole.data_ptr();
  buffer->give_back(std::move(whole));
  EXPECT_NE(pool_.take(total_, at::kFloat).data_ptr(), memory);
  buffer->prefetch();
  EXPECT_EQ(buffer->take().data_ptr(), memory);
  EXPECT_EQ(buffer->gathered_bytes(), 0);
}

TEST_F(GatheredBufferTest, NewValuesOfOtherRanksReachAResidentWholeWhenTheyArePublished) {
  const auto buffer = make(Residence::kWhole);
  fill(*buffer, 9);
  EXPECT_EQ(buffer->take().count_nonzero().item<std::int64_t>(), kRun);
  buffer->publish();
  expect_whole(buffer->take(), 9);
  EXPECT_EQ(buffer->gathered_bytes(), comm_.size() == 1 ? 0 : total_ * 4);
}

TEST_F(GatheredBufferTest, PublishingARunAloneSendsNothing) {
  const auto buffer = make(Residence::kShard);
  fill(*buffer, 9);
  buffer->publish();
  EXPECT_EQ(buffer->gathered_bytes(), 0);
}

TEST_F(GatheredBufferTest, StaysInMemoryWholeOrByItsRunInTheTypeThatItHas) {
  EXPECT_EQ(make(Residence::kWhole)->resident_bytes(), total_ * 4);
  EXPECT_EQ(make(Residence::kShard)->resident_bytes(), kRun * 4);
  const auto half = make(Residence::kShard, at::kBFloat16);
  EXPECT_EQ(half->resident_bytes(), kRun * 2);
  fill(*half, 0);
  expect_whole(half->take(), 0);
  EXPECT_EQ(half->gathered_bytes(), comm_.size() == 1 ? 0 : total_ * 2);
}

}  // namespace
}  // namespace hone
