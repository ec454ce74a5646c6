#include "comm/hosts.hpp"

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
  const std::vector<Host> hosts = gather_hosts(comm, comm.rank() % 2 == 0 ? "even" : "the odd one");
  ASSERT_EQ(hosts.size(), comm.size() > 1 ? 2U : 1U);
  for (int rank = 0; rank < comm.size(); ++rank) {
    const Host& host = hosts[static_cast<std::size_t>(rank % 2)];
    EXPECT_EQ(host.name, rank % 2 == 0 ? "even" : "the odd one");
    EXPECT_EQ(host.ranks.at(static_cast<std::size_t>(rank / 2)), rank);
  }
}

}  // namespace
}  // namespace hone
