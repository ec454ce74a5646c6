// Preloaded into a program under test: makes one kind of system call fail, hang or crawl on one file.
//   FAULT_RANK   the rank it happens on; every process where it is not set
//   FAULT_CALL   read | write | fsync | unlink
//   FAULT_FILE   part of the file's path
//   FAULT_WHEN   only once this path exists; from the start where it is not set
//   FAULT_DO     hang | sleep:SECONDS | fail:ERRNO
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const char* setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// `name`: of the file, where `file` is its folder.
bool strikes(const char* call, int file, const char* name) {
  if (std::strcmp(setting("FAULT_CALL"), call) != 0) return false;
  const char *const wanted = setting("FAULT_RANK"), *const rank = setting("OMPI_COMM_WORLD_RANK");
  if (*wanted != '\0' && std::strcmp(wanted, rank) != 0) return false;
  char entry[64], path[4096] = "";
  std::snprintf(entry, sizeof entry, "/proc/self/fd/%d", file);
  if (::readlink(entry, path, sizeof path - 1) < 0) *path = '\0';
  std::snprintf(path + std::strlen(path), sizeof path - std::strlen(path), "/%s", name);
  if (std::strstr(path, setting("FAULT_FILE")) == nullptr) return false;
  const char* const when = setting("FAULT_WHEN");
  return *when == '\0' || ::access(when, F_OK) == 0;
}

// True where the call shall fail; errno is set.
bool fails(const char* call, int file, const char* name = "") {
  if (!strikes(call, file, name)) return false;
  const char* const what = setting("FAULT_DO");
  if (std::strcmp(what, "hang") == 0) {
    while (true) ::pause();
  }
  if (std::strncmp(what, "sleep:", 6) == 0) {
    ::usleep(static_cast<useconds_t>(1e6 * std::atof(what + 6)));
    return false;
  }
  errno = std::atoi(what + std::strlen("fail:"));
  return true;
}

template <typename Call>
Call* real(const char* name) {
  return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t read(int file, void* data, size_t bytes) {
  static auto* const call = real<decltype(read)>("read");
  return fails("read", file) ? -1 : call(file, data, bytes);
}
ssize_t pread(int file, void* data, size_t bytes, off_t offset) {
  static auto* const call = real<decltype(pread)>("pread");
  return fails("read", file) ? -1 : call(file, data, bytes, offset);
}
ssize_t pread64(int file, void* data, size_t bytes, off64_t offset) {
  static auto* const call = real<decltype(pread64)>("pread64");
  return fails("read", file) ? -1 : call(file, data, bytes, offset);
}
ssize_t write(int file, const void* data, size_t bytes) {
  static auto* const call = real<decltype(write)>("write");
  return fails("write", file) ? -1 : call(file, data, bytes);
}
ssize_t pwrite(int file, const void* data, size_t bytes, off_t offset) {
  static auto* const call = real<decltype(pwrite)>("pwrite");
  return fails("write", file) ? -1 : call(file, data, bytes, offset);
}
ssize_t pwrite64(int file, const void* data, size_t bytes, off64_t offset) {
  static auto* const call = real<decltype(pwrite64)>("pwrite64");
  return fails("write", file) ? -1 : call(file, data, bytes, offset);
}
int fsync(int file) {
  static auto* const call = real<decltype(fsync)>("fsync");
  return fails("fsync", file) ? -1 : call(file);
}
int unlinkat(int folder, const char* name, int flags) {
  static auto* const call = real<decltype(unlinkat)>("unlinkat");
  return fails("unlink", folder, name) ? -1 : call(folder, name, flags);
}

}  // extern "C"
