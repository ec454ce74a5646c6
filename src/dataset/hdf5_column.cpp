#include <fmt/format.h>

#include "base/error.hpp"
#include "dataset/hdf5_calls.hpp"

namespace hone::hdf5 {
namespace {

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

// With one of its chunks kept in memory, for the row that begins where the one before ended. HDF5 would keep
// 1 MiB of each column, and the columns of all parts stay open.
DataSet open_data_set(const File& file, const std::string& name) {
  hsize_t chunk = 0;
  std::size_t value_bytes = 0;
  {
    DataSet plain(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT));
    if (!plain.valid()) return plain;
    const PropertyList creation(H5Dget_create_plist(plain.get()));
    if (H5Pget_layout(creation.get()) != H5D_CHUNKED || H5Pget_chunk(creation.get(), 1, &chunk) != 1)
      return plain;
    value_bytes = H5Tget_size(DataType(H5Dget_type(plain.get())).get());
  }
  const PropertyList access(H5Pcreate(H5P_DATASET_ACCESS));
  constexpr std::size_t kSlots = 1;
  constexpr double kFullyReadGoesFirst = 1;
  H5Pset_chunk_cache(access.get(), kSlots, chunk * value_bytes, kFullyReadGoesFirst);
  return DataSet(H5Dopen2(file.get(), name.c_str(), access.get()));
}

}  // namespace

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
hid_t native_type<float>() {
  return H5T_NATIVE_FLOAT;
}

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
  column.dataset_ = open_data_set(file, name);
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
template class Column<float>;

}  // namespace hone::hdf5
