#include <sys/resource.h>

#include <csignal>
#include <limits>

#include "dataset/hdf5.hpp"
#include "dataset_test_support.hpp"

namespace hone {
namespace {

template <typename T>
class Column : public testing::Test {};
using ColumnTypes = testing::Types<std::uint8_t, std::uint32_t, std::uint64_t, float>;
TYPED_TEST_SUITE(Column, ColumnTypes);

TYPED_TEST(Column, GivesBackAnyRangeOfWhatWasAppendedInPieces) {
  const TemporaryFolder folder;
  const auto path = folder / "file.h5";
  std::vector<TypeParam> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<TypeParam>(i * 7 % 251));
  values[500] = std::numeric_limits<TypeParam>::max();
  values[501] = std::numeric_limits<TypeParam>::lowest();
  {
    hdf5::File file = hdf5::create_file(path);
    {
      auto column = hdf5::Column<TypeParam>::create(file, "deep/inside/values", 64);
      for (std::size_t begin = 0, piece = 1; begin < values.size(); begin += piece, piece = piece * 3 % 101) {
        column.append(std::span(values).subspan(begin, std::min(piece, values.size() - begin)));
      }
      EXPECT_EQ(column.size(), values.size());
      hdf5::flush_file(file, path);
    }
    hdf5::close_file(std::move(file), path);
  }
  const hdf5::File file = hdf5::open_file(path);
  const auto column = hdf5::Column<TypeParam>::open(file, "deep/inside/values", path);
  ASSERT_EQ(column.size(), values.size());
  for (const auto& [offset, count] :
       {std::pair{0, 1000}, {0, 1}, {999, 1}, {63, 2}, {64, 64}, {1000, 0}, {499, 4}}) {
    std::vector<TypeParam> read(static_cast<std::size_t>(count));
    column.read(static_cast<std::uint64_t>(offset), read);
    EXPECT_TRUE(std::equal(read.begin(), read.end(), values.begin() + offset)) << offset << " + " << count;
  }
  std::vector<TypeParam> past(2);
  EXPECT_NE(data_error_of([&] { column.read(999, past); }).find("ends early"), std::string::npos);
  EXPECT_NE(
      data_error_of([&] { column.read(std::numeric_limits<std::uint64_t>::max(), past); }).find("ends early"),
      std::string::npos);
}

// The columns of all parts of a dataset are open at once.
TEST(Hdf5, AnOpenColumnKeepsOneOfItsChunksInMemory) {
  const TemporaryFolder folder;
  const auto path = folder / "file.h5";
  {
    const hdf5::File file = hdf5::create_file(path);
    hdf5::Column<std::uint64_t>::create(file, "values", 1000).append(std::vector<std::uint64_t>(2500, 7));
  }
  const hdf5::File file = hdf5::open_file(path);
  const auto column = hdf5::Column<std::uint64_t>::open(file, "values", path);
  std::vector<hid_t> open(2);
  ASSERT_EQ(H5Fget_obj_ids(file.get(), H5F_OBJ_DATASET, open.size(), open.data()), 1);
  const hdf5::PropertyList access(H5Dget_access_plist(open.front()));
  std::size_t slots = 0, bytes = 0;
  double preemption = 0;
  ASSERT_GE(H5Pget_chunk_cache(access.get(), &slots, &bytes, &preemption), 0);
  EXPECT_EQ(bytes, 8000U);
  EXPECT_GE(slots, 1U);
}

TEST(Hdf5, RefusesAColumnOfAnotherTypeAndNamesIt) {
  const TemporaryFolder folder;
  const auto path = folder / "file.h5";
  {
    const hdf5::File file = hdf5::create_file(path);
    hdf5::Column<float>::create(file, "values", 64);
  }
  const hdf5::File file = hdf5::open_file(path);
  EXPECT_NE(
      data_error_of([&] { hdf5::Column<std::uint32_t>::open(file, "values", path); }).find("file.h5:values"),
      std::string::npos);
  EXPECT_NE(data_error_of([&] { hdf5::Column<float>::open(file, "others", path); }).find("file.h5:others"),
            std::string::npos);
}

TEST(Hdf5, KeepsAttributes) {
  const TemporaryFolder folder;
  const auto path = folder / "file.h5";
  {
    const hdf5::File file = hdf5::create_file(path);
    hdf5::write_attribute(file, "count", std::numeric_limits<std::uint64_t>::max());
    hdf5::write_attribute(file, "name", std::string("z\xC3\xBCrich"));
    hdf5::write_attribute(file, "nothing", std::string());
  }
  const hdf5::File file = hdf5::open_file(path);
  EXPECT_EQ(hdf5::read_attribute(file, "count", path), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(hdf5::read_text_attribute(file, "name", path), "z\xC3\xBCrich");
  EXPECT_EQ(hdf5::read_text_attribute(file, "nothing", path), "");
  EXPECT_NE(data_error_of([&] { hdf5::read_attribute(file, "missing", path); }).find("missing"),
            std::string::npos);
}

// The failure must surface wherever in the file it strikes, not be lost when HDF5 closes its caches.
TEST(Hdf5, ReportsAFullDiskWhereverItStrikes) {
  const TemporaryFolder folder;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto write = [&] {
    PartWriter writer(folder.path(), Manifest());
    for (std::uint64_t i = 0; i < 3000; ++i) writer.append(make_row(i));
    return writer.finish();
  };
  const std::uint64_t whole = write().front().bytes;
  for (std::uint64_t limit = 1; limit < whole; limit += whole / 97) {
    const rlimit small{limit, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    try {
      write();
      ADD_FAILURE() << limit << " of " << whole << " bytes";
    } catch (const Error& error) {  // which file and why, without HDF5's addresses
      const std::string text = error.what();
      EXPECT_NE(text.find(folder.path().string() + "/part-00000"), std::string::npos) << text;
      EXPECT_EQ(text.find("0x"), std::string::npos) << text;
    }
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  }
  EXPECT_EQ(write().front().bytes, whole);
}

}  // namespace
}  // namespace hone
