#include "tools/inspect_safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "checkpoint/model_files.hpp"
#include "checkpoint/safetensors_file.hpp"

namespace hone {
namespace {

constexpr std::uint64_t kReadBytes = std::uint64_t{1} << 24;

std::vector<std::filesystem::path> files_in(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Every tensor that the index names lies in the file that it names, and every tensor of those files is in the
// index.
void check_index(const ModelFiles& model, const std::vector<SafetensorsFile>& files) {
  for (const auto& file : files) {
    const std::string file_name = file.path().filename().string();
    for (const auto& [name, place] : model.index) {
      if (place == file_name && !file.tensors().contains(name)) {
        fail_data(fmt::format("{} has no {}", file.path().string(), name), "the index says it has",
                  "copy or download the folder again");
      }
    }
    for (const auto& [name, tensor] : file.tensors()) {
      if (!model.counts(name, file_name)) {
        fail_data(fmt::format("{} holds {}, which the index doesn't place there", file.path().string(), name),
                  "", "copy or download the folder again");
      }
    }
  }
}

// A model folder may hold its weights in another layout too, or an adapter: loaders read what the index
// names.
void print_passed_over(const ModelFiles& model, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& file : files_in(folder)) {
    if (!model.names.contains(file.filename().string())) names.push_back(file.filename().string());
  }
  if (!names.empty()) fmt::print("not in the index, passed over: {}\n", fmt::join(names, ", "));
}

std::vector<SafetensorsFile> open_indexed(const std::filesystem::path& folder) {
  const ModelFiles model = model_files(folder);
  if (model.names.empty()) {
    fail_data(fmt::format("{} names no tensor", (folder / kWeightIndex).string()), "",
              "copy or download the folder again");
  }
  std::vector<SafetensorsFile> files;
  for (const std::string& name : model.names) files.emplace_back(folder / name);
  check_index(model, files);
  print_passed_over(model, folder);
  return files;
}

std::vector<SafetensorsFile> open_files(const std::filesystem::path& path) {
  std::vector<SafetensorsFile> files;
  if (!std::filesystem::is_directory(path)) {
    files.emplace_back(path);
    return files;
  }
  if (std::filesystem::exists(path / kWeightIndex)) return open_indexed(path);
  for (const auto& file : files_in(path)) files.emplace_back(file);
  if (files.empty()) {
    fail_data(fmt::format("{} holds no safetensors file", path.string()), "",
              "name a file, a model folder or an adapter folder");
  }
  return files;
}

// Infinity or NaN has all of `ones` set: the exponent, as in IEEE 754, but in E4M3, which has no infinity,
// the mantissa too.
template <typename Bits>
bool any_not_finite(const std::vector<char>& bytes, std::uint64_t size, Bits ones) {
  for (std::uint64_t at = 0; at < size; at += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if ((value & ones) == ones) return true;
  }
  return false;
}

bool any_not_finite(const std::string& dtype, const std::vector<char>& bytes, std::uint64_t size) {
  if (dtype == "F32") return any_not_finite<std::uint32_t>(bytes, size, 0x7F800000U);
  if (dtype == "BF16") return any_not_finite<std::uint16_t>(bytes, size, 0x7F80U);
  if (dtype == "F16") return any_not_finite<std::uint16_t>(bytes, size, 0x7C00U);
  if (dtype == "F64") return any_not_finite<std::uint64_t>(bytes, size, 0x7FF0000000000000ULL);
  if (dtype == "F8_E5M2") return any_not_finite<std::uint8_t>(bytes, size, 0x7CU);
  if (dtype == "F8_E4M3") return any_not_finite<std::uint8_t>(bytes, size, 0x7FU);
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
  const std::vector<SafetensorsFile> files = open_files(options.path);
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
