// One suite over every communicator: alone it sees the identity, under mpirun the MPI one.
#include "comm/communicator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "comm/largest_allocation.hpp"
#include "comm/mpi_communicator.hpp"
#include "comm/self_communicator.hpp"
#include "comm/test_session.hpp"

namespace hone {
namespace {

template <typename T>
struct TypeOf;
template <>
struct TypeOf<float> {
  static constexpr DType kType = DType::kFloat32;
};
template <>
struct TypeOf<double> {
  static constexpr DType kType = DType::kFloat64;
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr DType kType = DType::kInt64;
};
template <>
struct TypeOf<std::uint8_t> {
  static constexpr DType kType = DType::kUInt8;
};

template <typename T>
class CommunicatorTest : public ::testing::Test {
 protected:
  Communicator& comm() { return test_session().communicator(); }
  int rank() { return comm().rank(); }
  int size() { return comm().size(); }
  static Buffer buffer(std::vector<T>& v) {
    return {v.data(), static_cast<std::int64_t>(v.size()), TypeOf<T>::kType};
  }
  static ConstBuffer constant(const std::vector<T>& v) {
    return {v.data(), static_cast<std::int64_t>(v.size()), TypeOf<T>::kType};
  }
  // Small enough that uint8 sums over four ranks don't wrap.
  static T value(int rank, std::int64_t i) { return static_cast<T>((rank * 7 + i) % 50); }
};

using Types = ::testing::Types<float, double, std::int64_t, std::uint8_t>;
TYPED_TEST_SUITE(CommunicatorTest, Types);

// Odd, empty, and longer than one reduction chunk.
constexpr std::int64_t kCounts[] = {0, 1, 3, 1000, 700'001};

TYPED_TEST(CommunicatorTest, AllGatherBringsEveryRanksRunInRankOrder) {
  for (const std::int64_t count : kCounts) {
    std::vector<TypeParam> send(count), recv(count * this->size());
    for (std::int64_t i = 0; i < count; ++i) send[i] = this->value(this->rank(), i);
    this->comm().all_gather(this->constant(send), this->buffer(recv)).wait();
    for (int r = 0; r < this->size(); ++r) {
      for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(recv[r * count + i], this->value(r, i));
    }
  }
}

TYPED_TEST(CommunicatorTest, AllGatherWorksInPlace) {
  const std::int64_t count = 999;
  std::vector<TypeParam> all(count * this->size());
  for (std::int64_t i = 0; i < count; ++i) all[this->rank() * count + i] = this->value(this->rank(), i);
  const ConstBuffer own{all.data() + this->rank() * count, count, TypeOf<TypeParam>::kType};
  this->comm().all_gather(own, this->buffer(all)).wait();
  for (int r = 0; r < this->size(); ++r) {
    for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(all[r * count + i], this->value(r, i));
  }
}

TYPED_TEST(CommunicatorTest, ReduceScatterSumsEachRanksOwnRun) {
  for (const std::int64_t count : kCounts) {
    std::vector<TypeParam> send(count * this->size()), recv(count);
    for (std::size_t i = 0; i < send.size(); ++i)
      send[i] = this->value(this->rank(), static_cast<std::int64_t>(i));
    this->comm().reduce_scatter(this->constant(send), this->buffer(recv)).wait();
    for (std::int64_t i = 0; i < count; ++i) {
      TypeParam sum = 0;
      for (int r = 0; r < this->size(); ++r)
        sum = static_cast<TypeParam>(sum + this->value(r, this->rank() * count + i));
      ASSERT_EQ(recv[i], sum);
    }
  }
}

TYPED_TEST(CommunicatorTest, AllReduceTakesSumAndMaximum) {
  for (const std::int64_t count : kCounts) {
    for (const ReduceOp op : {ReduceOp::kSum, ReduceOp::kMax}) {
      std::vector<TypeParam> data(count);
      for (std::int64_t i = 0; i < count; ++i) data[i] = this->value(this->rank(), i);
      this->comm().all_reduce(this->buffer(data), op).wait();
      for (std::int64_t i = 0; i < count; ++i) {
        TypeParam expected = this->value(0, i);
        for (int r = 1; r < this->size(); ++r) {
          const TypeParam other = this->value(r, i);
          expected =
              op == ReduceOp::kSum ? static_cast<TypeParam>(expected + other) : std::max(expected, other);
        }
        ASSERT_EQ(data[i], expected);
      }
    }
  }
}

TYPED_TEST(CommunicatorTest, BroadcastSpreadsTheRootsValues) {
  for (int root = 0; root < this->size(); ++root) {
    std::vector<TypeParam> data(501);
    for (std::size_t i = 0; i < data.size(); ++i)
      data[i] = this->value(this->rank(), static_cast<std::int64_t>(i));
    this->comm().broadcast(this->buffer(data), root).wait();
    for (std::size_t i = 0; i < data.size(); ++i)
      ASSERT_EQ(data[i], this->value(root, static_cast<std::int64_t>(i)));
  }
}

TYPED_TEST(CommunicatorTest, ManyCollectivesUnderWayKeepTheirOrder) {
  constexpr int kRounds = 200;
  std::vector<std::vector<TypeParam>> data(kRounds, std::vector<TypeParam>(17));
  std::vector<Work> works;
  for (int round = 0; round < kRounds; ++round) {
    for (auto& x : data[round]) x = this->value(this->rank(), round);
    works.push_back(this->comm().all_reduce(this->buffer(data[round]), ReduceOp::kMax));
  }
  for (int round = kRounds - 1; round >= 0; --round) works[round].wait();
  for (int round = 0; round < kRounds; ++round) {
    TypeParam expected = 0;
    for (int r = 0; r < this->size(); ++r) expected = std::max(expected, this->value(r, round));
    for (const auto x : data[round]) ASSERT_EQ(x, expected);
  }
}

TEST(Communicator, SumsOfFloatsHaveTheSameBitsAsASumInRankOrder) {
  Communicator& comm = test_session().communicator();
  const auto value = [](int rank, int i) { return 1.0F / static_cast<float>(3 + rank * 11 + i); };
  std::vector<float> data(5003);
  for (int i = 0; i < 5003; ++i) data[i] = value(comm.rank(), i);
  comm.all_reduce({data.data(), 5003, DType::kFloat32}, ReduceOp::kSum).wait();
  for (int i = 0; i < 5003; ++i) {
    float sum = value(0, i);
    for (int r = 1; r < comm.size(); ++r) sum += value(r, i);
    ASSERT_EQ(data[i], sum);
  }
}

// The largest allocations, in bytes, of a reduction of one value and of one of 300'000 values a rank, which
// is more than a chunk.
std::pair<std::size_t, std::size_t> memory_of_reductions(Communicator& comm) {
  largest_allocation = 0;
  EXPECT_EQ(comm.all_reduce_scalar(1), comm.size());
  const std::size_t of_one = largest_allocation;
  const std::int64_t count = 300'000 * comm.size();
  std::vector<float> data(static_cast<std::size_t>(count), 1);
  largest_allocation = 0;
  comm.all_reduce({data.data(), count, DType::kFloat32}, ReduceOp::kSum).wait();
  const std::size_t of_many = largest_allocation;
  EXPECT_EQ(std::count(data.begin(), data.end(), static_cast<float>(comm.size())), count);
  return {of_one, of_many};
}

TEST(Communicator, AReductionTakesNoMoreMemoryThanItsValuesFromEveryRankAndNoneWithoutMpi) {
  int with_mpi = 0;
  MPI_Initialized(&with_mpi);
  if (with_mpi == 0) {
    EXPECT_EQ(memory_of_reductions(test_session().communicator()), std::pair(std::size_t{0}, std::size_t{0}));
    return;
  }
  MpiCommunicator comm(MPI_COMM_WORLD);  // that of the session keeps the memory of its largest reduction
  const auto [of_one, of_many] = memory_of_reductions(comm);
  EXPECT_LT(of_one, 64U << 10);
  EXPECT_LE(of_many, static_cast<std::size_t>(2 * comm.size() + 1) << 20);
}

TEST(Communicator, StringsOfAnyLengthAreGatheredAndBroadcast) {
  Communicator& comm = test_session().communicator();
  const auto text = [](int rank) {
    return std::string(static_cast<std::size_t>(rank) * 5, 'x') + std::to_string(rank);
  };
  const std::vector<std::string> all = comm.gather_strings(text(comm.rank()));
  ASSERT_EQ(all.size(), static_cast<std::size_t>(comm.size()));
  for (int r = 0; r < comm.size(); ++r) EXPECT_EQ(all[r], text(r));
  EXPECT_EQ(comm.broadcast_string(text(comm.rank()), comm.size() - 1), text(comm.size() - 1));
}

TEST(MpiSession, LocalRanksOfOneHostAreTheWorldAndKnowEachOthersCores) {
  const MpiSession& session = test_session();
  EXPECT_EQ(session.local_size(), session.size());
  EXPECT_EQ(session.local_rank(), session.rank());
  for (const CoreSet& cores : session.local_cores()) EXPECT_TRUE(cores.any());
  EXPECT_EQ(session.local_cores()[static_cast<std::size_t>(session.local_rank())], own_cores());
}

TEST(SelfCommunicator, IsTheIdentity) {
  SelfCommunicator self;
  std::vector<float> a = {1, 2}, b(2);
  self.all_gather({a.data(), 2, DType::kFloat32}, {b.data(), 2, DType::kFloat32}).wait();
  EXPECT_EQ(a, b);
  EXPECT_EQ(self.all_reduce_scalar(3.5), 3.5);
}

}  // namespace
}  // namespace hone
