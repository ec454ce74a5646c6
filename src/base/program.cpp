#include "base/program.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

#include "base/log.hpp"
#include "base/open_files.hpp"

namespace hone {

void end_program(const std::string& program, ExitCode code, const std::string& message,
                 const FailurePlace& place, const FailureEnd& end) {
  const std::string where = place ? place() : "";
  fmt::print(stderr, "{}: error: {}{}\n", program, where.empty() ? "" : where + " ", message);
  std::fflush(stderr);
  if (end) end(code);
}

void require_printed() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  fail_run("can't write standard output", std::strerror(errno), "check free space and where it goes");
}

int run_program(const Program& program, const std::function<ExitCode()>& body, const FailurePlace& place,
                const FailureEnd& end, const FailureTurn& turn) {
  log::start(program.name);
  raise_open_file_limit();
  ExitCode code = ExitCode::kRunTimeFailure;
  std::string message;
  try {
    return static_cast<int>(body());
  } catch (const Error& error) {
    code = error.code();
    message = error.what();
  } catch (const std::bad_alloc&) {
    message = Error(code, "out of memory", "", program.less_memory).what();
  } catch (const std::filesystem::filesystem_error& error) {
    const std::string target = error.path2().empty() ? "" : fmt::format(" to {}", error.path2().string());
    message = Error(code, error.path1().string() + target, error.code().message(),
                    "check the path, its permissions and free space")
                  .what();
  } catch (const std::system_error& error) {
    message = error.code() == std::errc::resource_unavailable_try_again
                  ? "the system gives no more threads; lower --threads, or raise the limit (ulimit -u)"
                  : error.what();
  } catch (const std::exception& error) {
    message = error.what();
    // Library messages (LibTorch's above all) append stack traces; the first line says what happened.
    if (const auto end_of_line = message.find('\n'); end_of_line != std::string::npos)
      message.resize(end_of_line);
  }
  if (turn) turn();
  end_program(program.name, code, message, place, end);
  return static_cast<int>(code);
}

}  // namespace hone
