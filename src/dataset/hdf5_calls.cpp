#include "dataset/hdf5_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "base/open_files.hpp"

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

}  // namespace

void fail_read(const std::string& place) {
  const std::string why = reason();
  if (is_lack_of_open_files(why)) fail_for_lack_of_open_files(place, why);
  fail_data(fmt::format("can't read {}", place), why,
            "the file may be damaged or incomplete; where locking fails, set HDF5_USE_FILE_LOCKING=FALSE");
}

void fail_write(const std::string& place) {
  fail_run(fmt::format("can't write {}", place), reason(), "check free space, quota and permissions");
}

std::string name_of(const File& file) {
  std::string name(static_cast<std::size_t>(std::max<ssize_t>(H5Fget_name(file.get(), nullptr, 0), 0)), '\0');
  H5Fget_name(file.get(), name.data(), name.size() + 1);
  return name;
}

}  // namespace hone::hdf5
