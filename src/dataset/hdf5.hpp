#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <utility>

namespace hone::hdf5 {

/// HDF5 is safe for threads only where it was built so, and a checkpoint is written while rows are read:
/// every call is made under this lock.
std::recursive_mutex& library_lock();

/// Owns an HDF5 identifier; closing never throws.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ < 0) return;
    const std::lock_guard lock(library_lock());
    Close(id_);
  }
  hid_t get() const { return id_; }
  /// Gives it away without closing it.
  hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }
  bool valid() const { return id_ >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using File = Handle<&H5Fclose>;
using Group = Handle<&H5Gclose>;
using DataSet = Handle<&H5Dclose>;
using DataSpace = Handle<&H5Sclose>;
using DataType = Handle<&H5Tclose>;
using PropertyList = Handle<&H5Pclose>;
using Attribute = Handle<&H5Aclose>;

/// A new file whose bytes depend on its contents alone (no time stamps). Throws Error(kRunTimeFailure).
File create_file(const std::filesystem::path& path);
/// Read-only, without locks: many readers and file systems that can't lock. Throws Error(kData) with HDF5's
/// reason, Error(kRunTimeFailure) where the process may not open more files.
File open_file(const std::filesystem::path& path);
/// Bytes the open file has now: HDF5 reads zeroes where a file was cut short after it was opened. Throws
/// Error(kData).
std::uint64_t bytes_on_disk(const File& file, const std::filesystem::path& path);
/// Hands what HDF5 still holds in memory to the system. Call before columns go out of scope: closing them
/// can't report that the disk is full. Throws Error(kRunTimeFailure).
void flush_file(const File& file, const std::filesystem::path& path);
/// Closes, so that errors of the last write surface here; what is in the file is of columns that were closed
/// before. Throws Error(kRunTimeFailure).
void close_file(File file, const std::filesystem::path& path);

template <typename T>
hid_t native_type();

/// A 1-D column of a file, chunked and checked by fletcher32. T: uint8, uint32, uint64 or float.
template <typename T>
class Column {
 public:
  /// Creates an empty one that grows by append(). `chunk` is in elements.
  static Column create(const File& file, const std::string& name, std::uint64_t chunk);
  /// Throws Error(kData) when there is none of this name and type.
  static Column open(const File& file, const std::string& name, const std::filesystem::path& path);

  std::uint64_t size() const { return size_; }
  /// Throws Error(kRunTimeFailure), a full disk included.
  void append(std::span<const T> values);
  /// Elements [offset, offset + out.size()). Throws Error(kData) on a failed checksum or a range past the
  /// end.
  void read(std::uint64_t offset, std::span<T> out) const;

 private:
  DataSet dataset_;
  std::uint64_t size_ = 0;
  std::string place_;  // FILE:/NAME, for messages
};

void write_attribute(const File& file, const std::string& name, std::uint64_t value);
void write_attribute(const File& file, const std::string& name, const std::string& value);
/// Throws Error(kData) when missing.
std::uint64_t read_attribute(const File& file, const std::string& name, const std::filesystem::path& path);
std::string read_text_attribute(const File& file, const std::string& name, const std::filesystem::path& path);

}  // namespace hone::hdf5
