#include "base/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hone {
namespace {

// Parts of 2^26 tokens: four trillion tokens. Without a bound, programs that close all they might have
// inherited, as launchers do, would count to a billion where containers allow that.
constexpr rlim_t kEnough = 65'536;

}  // namespace

void raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // where that is refused, what can't be opened is named when it comes
}

bool is_lack_of_open_files(const std::string& reason) {
  return reason == std::strerror(EMFILE) || reason == std::strerror(ENFILE);
}

}  // namespace hone
