#include "preprocess/publishing_note.hpp"

#include "base/atomic_file.hpp"
#include "base/json.hpp"
#include "base/output_name.hpp"
#include "base/sha256.hpp"

namespace hone {
namespace {

constexpr const char* kManifest = "manifest.json";

std::string name_of(const std::filesystem::path& output) {
  return canonical_path(named_folder(output)).string();
}

}  // namespace

void PublishingNote::write(const std::map<std::filesystem::path, std::filesystem::path>& made) const {
  OrderedJson manifests = OrderedJson::object();
  for (const auto& [output, folder] : made) manifests[name_of(output)] = sha256_of_file(folder / kManifest);
  write_file_atomically(file_, lossy_json(manifests) + "\n");
}

bool PublishingNote::is_of(const std::filesystem::path& output) const {
  if (!std::filesystem::exists(file_) || !std::filesystem::exists(output / kManifest)) return false;
  return read_json_file(file_).value(name_of(output), "") == sha256_of_file(output / kManifest);
}

}  // namespace hone
