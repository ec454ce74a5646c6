#include <algorithm>
#include <fstream>

#include "base/json.hpp"
#include "dataset/verify.hpp"
#include "dataset_test_support.hpp"

namespace hone {
namespace {

void expect_text(const std::string& text, std::initializer_list<const char*> pieces) {
  for (const char* piece : pieces)
    EXPECT_NE(text.find(piece), std::string::npos) << piece << "\n  is not in\n" << text;
}

class DamagedDataset : public testing::Test {
 protected:
  void SetUp() override { make_dataset(folder_.path(), 100, 600); }

  std::string open_error(DatasetCheck check = DatasetCheck::kStructure) {
    return data_error_of([&] { Dataset::open(folder_.path(), check); });
  }
  std::filesystem::path part(std::size_t index) {
    return folder_ / read_manifest(folder_.path()).parts.at(index).file;
  }
  void edit_manifest(const std::function<void(Json&)>& edit) {
    Json json = read_json_file(folder_ / "manifest.json");
    edit(json);
    std::ofstream(folder_ / "manifest.json") << json.dump(2);
  }

  TemporaryFolder folder_;
};

TEST_F(DamagedDataset, IsRefusedWithoutItsManifest) {
  std::filesystem::remove(folder_ / "manifest.json");
  expect_text(open_error(), {"not a complete dataset", "no manifest.json"});
}

TEST_F(DamagedDataset, IsRefusedWithAManifestCutShort) {
  std::filesystem::resize_file(folder_ / "manifest.json", 100);
  expect_text(open_error(), {"manifest.json"});
}

TEST_F(DamagedDataset, IsRefusedWithAnotherFormatVersion) {
  edit_manifest([](Json& json) { json["format_version"] = 99; });
  expect_text(open_error(), {"format version 99"});
}

TEST_F(DamagedDataset, IsRefusedWithAFieldMissing) {
  edit_manifest([](Json& json) { json["counts"].erase("targets"); });
  expect_text(open_error(), {"manifest.json", "targets"});
}

TEST_F(DamagedDataset, RowsOfAPartThatWasCutShortSinceItWasOpenedAreRefused) {
  const Dataset dataset = Dataset::open(folder_.path());
  const auto path = part(0);
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> mask;
  dataset.read_row(0, ids, mask);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  expect_text(data_error_of([&] { dataset.read_row(1, ids, mask); }),
              {"part-00000-of-0000", "changed while it is read"});
}

TEST_F(DamagedDataset, RowsOfAPartThatWasRemovedSinceItWasOpenedAreThereStill) {
  const Dataset dataset = Dataset::open(folder_.path());
  std::vector<std::uint32_t> ids, ids_before;
  std::vector<std::uint8_t> mask;
  dataset.read_row(1, ids_before, mask);
  std::filesystem::remove(part(0));
  dataset.read_row(1, ids, mask);
  EXPECT_EQ(ids, ids_before);
}

TEST_F(DamagedDataset, NamesAMissingPart) {
  const auto path = part(2);
  std::filesystem::remove(path);
  expect_text(open_error(), {"part-00002-of-0000", "missing"});
}

TEST_F(DamagedDataset, NamesATruncatedPart) {
  std::filesystem::resize_file(part(1), std::filesystem::file_size(part(1)) - 1);
  expect_text(open_error(), {"part-00001-of-0000", "bytes"});
}

TEST_F(DamagedDataset, NamesAPartThatIsNotHdf5) {
  const auto size = std::filesystem::file_size(part(1));
  std::ofstream(part(1), std::ios::trunc) << std::string(size, 'x');
  expect_text(open_error(), {"part-00001-of-0000", "signature", "HDF5_USE_FILE_LOCKING"});
}

TEST_F(DamagedDataset, NamesAPartFromAnotherRunEvenIfItsSizesAgree) {
  const TemporaryFolder parent;
  std::filesystem::create_directory(parent / "other");
  make_dataset(parent / "other", 100, 600, 1);
  const auto path = part(1);
  std::filesystem::copy_file(parent / "other" / path.filename().string(), path,
                             std::filesystem::copy_options::overwrite_existing);
  expect_text(open_error(), {"part-00001-of-0000", "another run"});
}

TEST_F(DamagedDataset, NamesAPartThatWasMadeWithSomethingElse) {
  const Json good = read_json_file(folder_ / "manifest.json");
  const std::vector<std::pair<const char*, Json>> changes = {{"/tool_version", "1 (other)"},
                                                             {"/tokenizer_sha256", "bad"},
                                                             {"/template/name", "qwen_sft"},
                                                             {"/template/sha256", "0123abcd"},
                                                             {"/loss", "all"},
                                                             {"/model_max_length", 41}};
  for (const auto& [where, value] : changes) {
    edit_manifest([&](Json& json) {
      json = good;
      json[Json::json_pointer(where)] = value;
    });
    std::string attribute = std::string(where).substr(1);
    std::replace(attribute.begin(), attribute.end(), '/', '_');
    expect_text(open_error(), {"part-00000-of-0000", "another run", attribute.c_str()});
  }
}

TEST_F(DamagedDataset, NamesAStalePartBesideItsOwn) {
  std::filesystem::copy_file(part(0), folder_ / "part-00000-of-00001.h5");
  expect_text(open_error(), {"part-00000-of-00001.h5", "manifest", "left over from another run"});
}

TEST_F(DamagedDataset, NamesPartsThatChangedPlaces) {
  std::filesystem::rename(part(0), folder_ / "x");
  std::filesystem::rename(part(1), part(0));
  std::filesystem::rename(folder_ / "x", part(1));
  expect_text(open_error(), {"part-00000-of-0000"});
}

TEST_F(DamagedDataset, ThatEndsEarlyIsRefused) {
  edit_manifest([](Json& json) { json["parts"].erase(json["parts"].size() - 1); });
  expect_text(open_error(), {"manifest.json", "rows in its parts"});
}

TEST_F(DamagedDataset, MayNotNamePartsOutsideItsFolder) {
  edit_manifest([](Json& json) { json["parts"][0]["file"] = "../part-00000-of-00001.h5"; });
  expect_text(open_error(), {"../part-00000-of-00001.h5"});
}

// Any byte of a part that changes is found: by the SHA-256 when contents are checked, and whatever the
// trainer reads without that check is either the row as written or refused.
TEST_F(DamagedDataset, NeverGivesAWrongRowWhicheverByteChanged) {
  const auto path = part(1);
  const std::string good = read_text_file(path);
  const Dataset whole = Dataset::open(folder_.path());
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> mask;
  int refused = 0, tried = 0;
  for (std::size_t at = 0; at < good.size(); at += 499, ++tried) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    {
      std::ofstream file(path, std::ios::binary | std::ios::trunc);
      file << bad;
    }
    expect_text(open_error(DatasetCheck::kContents), {"part-00001-of-0000"});
    try {
      const Dataset dataset = Dataset::open(folder_.path());
      for (std::int64_t i = 0; i < dataset.rows(); ++i) {
        dataset.read_row(i, ids, mask);
        const Row row = make_row(static_cast<std::uint64_t>(i));
        ASSERT_EQ(ids, row.ids) << "row " << i << ", byte " << at;
        ASSERT_EQ(mask, row.loss_mask) << "row " << i << ", byte " << at;
      }
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ExitCode::kData);
      ++refused;
    }
  }
  EXPECT_GT(tried, 100);
  EXPECT_GT(refused, 0);
}

TEST_F(DamagedDataset, VerifyFindsAWrongLargestId) {
  edit_manifest([](Json& json) { json["max_id"] = 3; });
  expect_text(data_error_of([&] { verify_rows(Dataset::open(folder_.path())); }), {"largest id is 3"});
}

TEST(LongRows, AreFoundByVerify) {
  const TemporaryFolder folder;
  Manifest manifest;
  manifest.inputs = {{"a.jsonl", 10, "aa"}, {"b.jsonl", 20, "bb"}};
  manifest.model_max_length = 3;
  PartWriter writer(folder.path(), manifest, 100);
  writer.append({{1, 2, 3}, {0, 1, 1}, 0, 1});
  writer.append({{1, 2, 3, 4}, {0, 1, 1, 1}, 0, 2});
  manifest.parts = writer.finish();
  manifest.counts = {2, 7, 5, 0, 0, {}};
  manifest.max_id = 4;
  write_manifest(folder.path(), manifest);
  const Dataset dataset = Dataset::open(folder.path());
  expect_text(data_error_of([&] { verify_rows(dataset); }), {"part-00000-of-00001.h5", "row 1 has 4 tokens"});
}

TEST_F(DamagedDataset, NamesARowOfAnInputThatTheManifestDoesNotHave) {
  edit_manifest([](Json& json) { json["inputs"].erase(1); });
  const Dataset dataset = Dataset::open(folder_.path());
  Row row;
  for (const auto& error : {data_error_of([&] { dataset.read_row(1, row); }),
                            data_error_of([&] { static_cast<void>(dataset.source_files()); })})
    expect_text(error, {"part-00000", "row 1 comes from input 1"});
}

TEST_F(DamagedDataset, WithoutRowsIsRefused) {
  edit_manifest([](Json& json) {
    json["parts"] = Json::array();
    for (const char* key : {"rows", "tokens", "targets"}) json["counts"][key] = 0;
  });
  expect_text(open_error(), {"no rows"});
}

TEST(PartWriter, ShowsNoPartUnderItsNameBeforeItIsFinished) {
  const TemporaryFolder folder;
  {
    PartWriter writer(folder.path(), {}, 50);
    for (std::uint64_t i = 0; i < 50; ++i) writer.append(make_row(i));
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      EXPECT_NE(entry.path().extension(), ".h5") << entry.path();
    }
  }
  expect_text(data_error_of([&] { Dataset::open(folder.path()); }), {"not a complete dataset"});
}

}  // namespace
}  // namespace hone
