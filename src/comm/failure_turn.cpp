#include "comm/failure_turn.hpp"

#include <chrono>
#include <thread>

#include "comm/launch_check.hpp"

namespace hone {

void wait_for_first_rank() {
  if (launched_rank(process_environment()) > 0) std::this_thread::sleep_for(std::chrono::seconds(3));
}

}  // namespace hone
