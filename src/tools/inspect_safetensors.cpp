#include "tools/inspect_safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "checkpoint/safetensors_file.hpp"

namespace hone {
namespace {

constexpr std::uint64_t kReadBytes = std::uint64_t{1} << 24;
constexpr const char* kIndex = "model.safetensors.index.json";

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty() && !std::filesystem::exists(path / kIndex)) {
    fail_data(fmt::format("{} holds no safetensors file", path.string()), "",
              "name a file, a model folder or an adapter folder");
  }
  return files;
}

// Every tensor that the index names lies in the file that it names, and every tensor of those files is in the
// index.
void check_index(const std::filesystem::path& folder, const std::vector<SafetensorsFile>& files) {
  const std::filesystem::path path = folder / kIndex;
  const auto places =
      json_field<std::map<std::string, std::string>>(read_json_file(path), "weight_map", path.string());
  for (const auto& [name, file_name] : places) {
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const auto& each) { return each.path().filename() == file_name; });
    if (file == files.end())
      fail_data(fmt::format("{} is missing", (folder / file_name).string()), "the index names it",
                "copy or download it");
    if (!file->tensors().contains(name)) {
      fail_data(fmt::format("{} has no {}", file->path().string(), name), "the index says it has",
                "copy or download the folder again");
    }
  }
  for (const auto& file : files) {
    for (const auto& [name, tensor] : file.tensors()) {
      const auto place = places.find(name);
      if (place == places.end() || file.path().filename() != place->second) {
        fail_data(fmt::format("{} holds {}, which the index doesn't place there", file.path().string(), name),
                  "", "copy or download the folder again");
      }
    }
  }
}

// IEEE 754: an exponent of ones means infinity or NaN.
template <typename Bits>
bool any_not_finite(const std::vector<char>& bytes, std::uint64_t size, Bits exponent) {
  for (std::uint64_t at = 0; at < size; at += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if ((value & exponent) == exponent) return true;
  }
  return false;
}

bool any_not_finite(const std::string& dtype, const std::vector<char>& bytes, std::uint64_t size) {
  if (dtype == "F32") return any_not_finite<std::uint32_t>(bytes, size, 0x7F800000U);
  if (dtype == "BF16") return any_not_finite<std::uint16_t>(bytes, size, 0x7F80U);
  if (dtype == "F16") return any_not_finite<std::uint16_t>(bytes, size, 0x7C00U);
  if (dtype == "F64") return any_not_finite<std::uint64_t>(bytes, size, 0x7FF0000000000000ULL);
  return false;
}

void verify_values(const SafetensorsFile& file) {
  std::vector<char> bytes(kReadBytes);
  for (const auto& [name, tensor] : file.tensors()) {
    const std::uint64_t size = tensor.end - tensor.begin;
    for (std::uint64_t done = 0; done < size; done += kReadBytes) {
      const std::uint64_t now = std::min(kReadBytes, size - done);
      file.read(tensor, done, now, bytes.data());
      if (any_not_finite(tensor.dtype, bytes, now)) {
        fail_data(fmt::format("{}: {} holds NaN or infinity", file.path().string(), name), "",
                  "copy or download it again, or train again");
      }
    }
  }
}

}  // namespace

void inspect_safetensors(const InspectOptions& options) {
  const std::filesystem::path path = options.path;
  std::vector<SafetensorsFile> files;
  for (const auto& file : files_of(path)) files.emplace_back(file);
  if (std::filesystem::exists(path / kIndex)) check_index(path, files);
  std::uint64_t tensors = 0, bytes = 0;
  std::int64_t elements = 0;
  for (const SafetensorsFile& file : files) {
    if (options.depth == InspectDepth::kVerify) verify_values(file);
    fmt::print("{}\n", file.path().string());
    for (const auto& [name, tensor] : file.tensors()) {
      fmt::print("  {:<56} {:<5} ({})\n", name, tensor.dtype, fmt::join(tensor.shape, ", "));
      tensors += 1;
      bytes += tensor.end - tensor.begin;
      elements +=
          static_cast<std::int64_t>((tensor.end - tensor.begin) / safetensors_element_bytes(tensor.dtype));
    }
  }
  fmt::print("{} tensors, {} elements, {}\n", tensors, human_count(elements),
             human_bytes(static_cast<double>(bytes)));
  if (options.depth == InspectDepth::kVerify) fmt::print("verified: headers whole, every value finite\n");
}

}  // namespace hone
