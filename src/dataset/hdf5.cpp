#include "dataset/hdf5.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include <algorithm>
#include <string_view>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace hone::hdf5 {
namespace {

herr_t first_message(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr && static_cast<std::string*>(text)->empty())
    *static_cast<std::string*>(text) = error->desc;
  return 0;
}

// HDF5 repeats what the system said among times, addresses and offsets.
std::string without_addresses(const std::string& text) {
  constexpr std::string_view kSystem = "error message = '";
  const std::size_t at = text.find(kSystem);
  if (at == std::string::npos) return text;
  const std::size_t begin = at + kSystem.size();
  return text.substr(begin, text.find('\'', begin) - begin);
}

// The innermost entry of HDF5's error stack: the cause.
std::string reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_message, &text);
  return text.empty() ? "HDF5 gave no reason" : without_addresses(text);
}

[[noreturn]] void fail_read(const std::string& place) {
  fail_data(fmt::format("can't read {}", place), reason(),
            "the file may be damaged or incomplete; where locking fails, set HDF5_USE_FILE_LOCKING=FALSE");
}

[[noreturn]] void fail_write(const std::string& place) {
  fail_run(fmt::format("can't write {}", place), reason(), "check free space, quota and permissions");
}

// HDF5 would print its whole error stack, which is a thread's own; Hone prints one line.
void silence() {
  // HDF5 1.10's exit handler crashes on files whose last write met a full disk; every file here is closed and
  // checked.
  static const bool without_handler = H5dont_atexit() >= 0;
  thread_local const bool silent = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)without_handler;
  (void)silent;
}

using Lock = std::lock_guard<std::recursive_mutex>;

}  // namespace

std::recursive_mutex& library_lock() {
  static std::recursive_mutex lock;
  return lock;
}

template <>
hid_t native_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}
template <>
hid_t native_type<std::uint32_t>() {
  return H5T_NATIVE_UINT32;
}
template <>
hid_t native_type<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}
template <>
hid_t native_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
hid_t native_type<float>() {
  return H5T_NATIVE_FLOAT;
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
  flush_file(file, path);
  file = File();
  sync_to_disk(path);
}

namespace {

std::string name_of(const File& file) {
  std::string name(static_cast<std::size_t>(std::max<ssize_t>(H5Fget_name(file.get(), nullptr, 0), 0)), '\0');
  H5Fget_name(file.get(), name.data(), name.size() + 1);
  return name;
}

// Groups that HDF5 makes on the way to a data set would carry time stamps.
void make_groups(const File& file, const std::string& name) {
  const PropertyList creation(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  for (auto end = name.find('/', 1); end != std::string::npos; end = name.find('/', end + 1)) {
    const std::string path = name.substr(0, end);
    if (H5Lexists(file.get(), path.c_str(), H5P_DEFAULT) > 0) continue;
    const Group group(H5Gcreate2(file.get(), path.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
    if (!group.valid()) fail_write(path);
  }
}

}  // namespace

template <typename T>
Column<T> Column<T>::create(const File& file, const std::string& name, std::uint64_t chunk) {
  const Lock lock(library_lock());
  Column column;
  column.place_ = fmt::format("{}:{}", name_of(file), name);
  const hsize_t none = 0, unlimited = H5S_UNLIMITED, chunk_size = chunk;
  const DataSpace space(H5Screate_simple(1, &none, &unlimited));
  const PropertyList creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(creation.get(), 1, &chunk_size);
  H5Pset_fletcher32(creation.get());
  H5Pset_obj_track_times(creation.get(), false);
  make_groups(file, name);
  column.dataset_ = DataSet(H5Dcreate2(file.get(), name.c_str(), native_type<T>(), space.get(), H5P_DEFAULT,
                                       creation.get(), H5P_DEFAULT));
  if (!column.dataset_.valid()) fail_write(column.place_);
  return column;
}

template <typename T>
Column<T> Column<T>::open(const File& file, const std::string& name, const std::filesystem::path& path) {
  const Lock lock(library_lock());
  Column column;
  column.place_ = fmt::format("{}:{}", path.string(), name);
  column.dataset_ = DataSet(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT));
  if (!column.dataset_.valid()) fail_read(column.place_);
  const DataSpace space(H5Dget_space(column.dataset_.get()));
  const DataType type(H5Dget_type(column.dataset_.get()));
  hsize_t size = 0;
  if (H5Sget_simple_extent_ndims(space.get()) != 1 ||
      H5Sget_simple_extent_dims(space.get(), &size, nullptr) < 0 ||
      H5Tequal(type.get(), native_type<T>()) <= 0) {
    fail_data(fmt::format("{} is not what a Hone file holds there", column.place_), "wrong shape or type",
              "make the file again");
  }
  column.size_ = size;
  return column;
}

template <typename T>
void Column<T>::append(std::span<const T> values) {
  if (values.empty()) return;
  const Lock lock(library_lock());
  const hsize_t begin = size_, count = values.size(), end = begin + count;
  if (H5Dset_extent(dataset_.get(), &end) < 0) fail_write(place_);
  const DataSpace file_space(H5Dget_space(dataset_.get()));
  const DataSpace memory_space(H5Screate_simple(1, &count, nullptr));
  H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr);
  if (H5Dwrite(dataset_.get(), native_type<T>(), memory_space.get(), file_space.get(), H5P_DEFAULT,
               values.data()) < 0) {
    fail_write(place_);
  }
  size_ = end;
}

template <typename T>
void Column<T>::read(std::uint64_t offset, std::span<T> out) const {
  if (out.empty()) return;
  if (offset > size_ || out.size() > size_ - offset) {
    fail_data(fmt::format("{} ends early", place_),
              fmt::format("it holds {} values, {} from {} on are wanted", size_, out.size(), offset),
              "make the file again");
  }
  const Lock lock(library_lock());
  const hsize_t begin = offset, count = out.size();
  const DataSpace file_space(H5Dget_space(dataset_.get()));
  const DataSpace memory_space(H5Screate_simple(1, &count, nullptr));
  H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr);
  if (H5Dread(dataset_.get(), native_type<T>(), memory_space.get(), file_space.get(), H5P_DEFAULT,
              out.data()) < 0) {
    fail_read(place_);
  }
}

template class Column<std::uint8_t>;
template class Column<std::uint32_t>;
template class Column<std::uint64_t>;
template class Column<std::int64_t>;
template class Column<float>;

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
