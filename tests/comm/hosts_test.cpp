#include "comm/hosts.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "comm/test_session.hpp"

namespace hone {
namespace {

TEST(Hosts, ListsEachHostOnceWithItsRanksHoweverTheyAreSpread) {
  const std::vector<Host> hosts = hosts_of({"n2", "n1", "n2", "n1", "n10"});
  ASSERT_EQ(hosts.size(), 3U);
  EXPECT_EQ(hosts[0].name, "n2");
  EXPECT_EQ(hosts[0].ranks, (std::vector<int>{0, 2}));
  EXPECT_EQ(hosts[1].name, "n1");
  EXPECT_EQ(hosts[1].ranks, (std::vector<int>{1, 3}));
  EXPECT_EQ(hosts[2].name, "n10");
  EXPECT_EQ(hosts[2].ranks, (std::vector<int>{4}));
}

TEST(Hosts, EveryRankLearnsOfAll) {
  Communicator& comm = test_session().communicator();
  const std::vector<Host> hosts =
      gather_hosts(comm, comm.rank() % 2 == 0 ? "even" : "the odd one", 16 + comm.rank() % 2);
  ASSERT_EQ(hosts.size(), comm.size() > 1 ? 2U : 1U);
  for (int rank = 0; rank < comm.size(); ++rank) {
    const Host& host = hosts[static_cast<std::size_t>(rank % 2)];
    EXPECT_EQ(host.name, rank % 2 == 0 ? "even" : "the odd one");
    EXPECT_EQ(host.cores, 16 + rank % 2);
    EXPECT_EQ(host.ranks.at(static_cast<std::size_t>(rank / 2)), rank);
  }
}

TEST(Hosts, OneLineNamesThemWithTheirRanksAndCores) {
  EXPECT_EQ(describe({{"n1", {0}, 1}}), "1 rank on 1 host: n1 (rank 0, 1 core)");
  EXPECT_EQ(describe({{"n1", {0, 1, 4, 6, 7}, 64}, {"n2", {2, 3, 5}, 32}}),
            "8 ranks on 2 hosts: n1 (ranks 0-1, 4, 6-7, 64 cores), n2 (ranks 2-3, 5, 32 cores)");
  std::vector<Host> many;
  for (int i = 0; i < 100; ++i) many.push_back({fmt::format("n{}", i), {i}, 8});
  EXPECT_TRUE(describe(many).ends_with("n3 (rank 3, 8 cores) and 96 more")) << describe(many);
}

}  // namespace
}  // namespace hone
