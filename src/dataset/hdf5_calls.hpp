#pragma once

#include <mutex>
#include <string>

#include "dataset/hdf5.hpp"

/// What calls of HDF5 have in common; for hdf5.cpp and hdf5_column.cpp alone.
namespace hone::hdf5 {

using Lock = std::lock_guard<std::recursive_mutex>;  // of library_lock()

/// Throws Error(kData) with the cause of the call that failed last, under the lock that it was made under;
/// Error(kRunTimeFailure) where the process may not open more files.
[[noreturn]] void fail_read(const std::string& place);
/// The same with Error(kRunTimeFailure).
[[noreturn]] void fail_write(const std::string& place);

/// The path that the file was opened by.
std::string name_of(const File& file);

}  // namespace hone::hdf5
