#include "base/open_files.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

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

void fail_for_lack_of_open_files(const std::string& file, const std::string& reason) {
  fail_run(fmt::format("can't open {}", file), reason,
           "raise the limit of open files (ulimit -n): a dataset holds one open for each of its parts");
}

}  // namespace hone
