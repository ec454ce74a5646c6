// Runs GoogleTest on every rank. The run fails when any rank fails; failures of ranks other than 0 are
// printed with their rank, and a run without tests is a failure.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "comm/mpi_session.hpp"
#include "comm/test_session.hpp"

namespace hone {

MpiSession& test_session() {
  static const auto session = std::make_unique<MpiSession>();
  return *session;
}

}  // namespace hone

namespace {

class FailurePrinter : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << hone::test_session().place() << " "
              << (result.file_name() != nullptr ? result.file_name() : "") << ":" << result.line_number()
              << ": " << result.message() << std::endl;
  }
};

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  auto& session = hone::test_session();
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  if (session.rank() != 0) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter);
  }
  const int failed =
      RUN_ALL_TESTS() != 0 || ::testing::UnitTest::GetInstance()->test_to_run_count() == 0 ? 1 : 0;
  return static_cast<int>(session.communicator().all_reduce_scalar(failed, hone::ReduceOp::kMax));
}
