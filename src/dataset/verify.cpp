#include "dataset/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "dataset/content_digest.hpp"

namespace hone {
namespace {

[[noreturn]] void fail_damaged(const std::string& what, const std::string& why) {
  fail_data(what + " is damaged", why, "make the dataset again with hone-preprocess");
}

}  // namespace

void verify_rows(const Dataset& dataset) {
  std::uint64_t max_id = 0;
  std::int64_t index = 0;
  Row row;
  for (const Manifest::Part& part : dataset.manifest().parts) {
    const std::string place = (dataset.folder() / part.file).string();
    ContentDigest digest;
    for (std::uint64_t i = 0; i < part.rows; ++i, ++index) {
      dataset.read_row(index, row);
      if (row.ids.size() > dataset.manifest().model_max_length) {
        fail_damaged(place, fmt::format("row {} has {} tokens, the manifest allows {}", index, row.ids.size(),
                                        dataset.manifest().model_max_length));
      }
      if (std::any_of(row.loss_mask.begin(), row.loss_mask.end(),
                      [](std::uint8_t value) { return value > 1; })) {
        fail_damaged(place, fmt::format("the mask of row {} holds more than 0 and 1", index));
      }
      max_id = std::max<std::uint64_t>(max_id, *std::max_element(row.ids.begin(), row.ids.end()));
      digest.add(row);
    }
    if (digest.finish() != part.content_sha256)
      fail_damaged(place, "the SHA-256 of its rows differs from the manifest's");
  }
  if (max_id != dataset.manifest().max_id) {
    fail_damaged(
        (dataset.folder() / "manifest.json").string(),
        fmt::format("it says the largest id is {}, the rows say {}", dataset.manifest().max_id, max_id));
  }
}

}  // namespace hone
