#include "comm/mpi_session.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include "base/host_name.hpp"
#include "comm/launch_check.hpp"
#include "comm/mpi_communicator.hpp"
#include "comm/mpi_error.hpp"
#include "comm/self_communicator.hpp"
#include "comm/watchdog.hpp"

namespace hone {

MpiSession::MpiSession() : host_(host_name()) {
  const Environment environment = process_environment();
  if (launched_by_mpi(environment)) {
    int provided = 0;
    check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_MULTIPLE) {
      fail_usage("this MPI library has no MPI_THREAD_MULTIPLE", "", "use an MPI built with thread support");
    }
    started_ = true;
    MPI_Comm host = MPI_COMM_NULL;
    check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host),
              "MPI_Comm_split_type");
    MPI_Comm_rank(host, &local_rank_);
    int local_size = 1;
    MPI_Comm_size(host, &local_size);
    const CoreSet own = own_cores();  // some MPIs bind a rank in MPI_Init
    local_cores_.resize(static_cast<std::size_t>(local_size));
    check_mpi(MPI_Allgather(&own, sizeof own, MPI_BYTE, local_cores_.data(), sizeof own, MPI_BYTE, host),
              "MPI_Allgather");
    MPI_Comm_free(&host);
    communicator_ = std::make_unique<MpiCommunicator>(MPI_COMM_WORLD);
  } else {
    local_cores_ = {own_cores()};
    communicator_ = std::make_unique<SelfCommunicator>();
  }
  check_launch(environment, size());
}

MpiSession::~MpiSession() {
  watchdog_.reset();
  communicator_.reset();
  if (started_) MPI_Finalize();
}

int MpiSession::compute_threads() const {
  return hone::compute_threads(local_cores_, static_cast<std::size_t>(local_rank_));
}

std::string MpiSession::place() const {
  return size() > 1 ? fmt::format("[rank {}/{} host {}]", rank(), size(), host_) : "";
}

void MpiSession::watch(std::chrono::seconds timeout, std::function<void(const Error&)> on_stall) {
  if (size() == 1) return;
  watchdog_ = std::make_unique<Watchdog>(MPI_COMM_WORLD, communicator_->activity(),
                                         communicator_->gather_strings(host_), timeout, std::move(on_stall));
}

void MpiSession::abort(ExitCode code) const {
  if (started_) MPI_Abort(MPI_COMM_WORLD, static_cast<int>(code));
}

std::string mpi_library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string version(text, static_cast<std::size_t>(length));
  return version.substr(0, version.find(','));
}

}  // namespace hone
