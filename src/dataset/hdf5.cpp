#include "dataset/hdf5.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "dataset/hdf5_calls.hpp"

namespace hone::hdf5 {
namespace {

// HDF5 would print its whole error stack, which is a thread's own; Hone prints one line.
void silence() {
  // HDF5 1.10's exit handler crashes on files whose last write met a full disk; every file here is closed and
  // checked.
  static const bool without_handler = H5dont_atexit() >= 0;
  thread_local const bool silent = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)without_handler;
  (void)silent;
}

}  // namespace

std::recursive_mutex& library_lock() {
  static std::recursive_mutex lock;
  return lock;
}

File create_file(const std::filesystem::path& path) {
  const Lock lock(library_lock());
  silence();
  const PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
  const PropertyList creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  File file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()));
  if (!file.valid()) fail_write(path.string());
  return file;
}

File open_file(const std::filesystem::path& path) {
  const Lock lock(library_lock());
  silence();
  const PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access.get(), false, true);
#endif
  File file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
  if (!file.valid()) fail_read(path.string());
  return file;
}

std::uint64_t bytes_on_disk(const File& file, const std::filesystem::path& path) {
  const Lock lock(library_lock());
  void* handle = nullptr;
  if (H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &handle) < 0) fail_read(path.string());
  struct stat status {};
  if (::fstat(*static_cast<const int*>(handle), &status) != 0) {
    fail_data(fmt::format("can't read {}", path.string()), std::strerror(errno), "check its disk");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

void flush_file(const File& file, const std::filesystem::path& path) {
  const Lock lock(library_lock());
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0) fail_write(path.string());
}

void close_file(File file, const std::filesystem::path& path) {
  const Lock lock(library_lock());
  flush_file(file, path);
  if (H5Fclose(file.release()) < 0) fail_write(path.string());
}

void write_attribute(const File& file, const std::string& name, std::uint64_t value) {
  const Lock lock(library_lock());
  const DataSpace space(H5Screate(H5S_SCALAR));
  const Attribute attribute(
      H5Acreate2(file.get(), name.c_str(), H5T_NATIVE_UINT64, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!attribute.valid() || H5Awrite(attribute.get(), H5T_NATIVE_UINT64, &value) < 0)
    fail_write(fmt::format("{}: attribute {}", name_of(file), name));
}

void write_attribute(const File& file, const std::string& name, const std::string& value) {
  const Lock lock(library_lock());
  const DataSpace space(H5Screate(H5S_SCALAR));
  const DataType type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), value.size() + 1);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const Attribute attribute(
      H5Acreate2(file.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!attribute.valid() || H5Awrite(attribute.get(), type.get(), value.c_str()) < 0)
    fail_write(fmt::format("{}: attribute {}", name_of(file), name));
}

std::uint64_t read_attribute(const File& file, const std::string& name, const std::filesystem::path& path) {
  const Lock lock(library_lock());
  const Attribute attribute(H5Aopen(file.get(), name.c_str(), H5P_DEFAULT));
  std::uint64_t value = 0;
  if (!attribute.valid() || H5Aread(attribute.get(), H5T_NATIVE_UINT64, &value) < 0) {
    fail_read(fmt::format("{}: attribute {}", path.string(), name));
  }
  return value;
}

std::string read_text_attribute(const File& file, const std::string& name,
                                const std::filesystem::path& path) {
  const Lock lock(library_lock());
  const Attribute attribute(H5Aopen(file.get(), name.c_str(), H5P_DEFAULT));
  if (!attribute.valid()) fail_read(fmt::format("{}: attribute {}", path.string(), name));
  const DataType type(H5Aget_type(attribute.get()));
  std::string value(H5Tget_size(type.get()), '\0');
  if (H5Aread(attribute.get(), type.get(), value.data()) < 0)
    fail_read(fmt::format("{}: attribute {}", path.string(), name));
  if (const auto end = value.find('\0'); end != std::string::npos) value.resize(end);
  return value;
}

}  // namespace hone::hdf5
