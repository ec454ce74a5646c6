#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/float_format.hpp"

namespace hone {

/// A tensor of a safetensors file: type, shape and the place of its bytes behind the header.
struct TensorInfo {
  std::string dtype;  // as written: "F32", "BF16", ...
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes
};

/// A safetensors file (format: https://huggingface.co/docs/safetensors), header checked whole, tensors read
/// by range.
class SafetensorsFile {
 public:
  /// Throws Error(kData) for a header that is cut, malformed, or doesn't describe the file byte for byte.
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&& other) noexcept;
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }
  /// The texts under __metadata__.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// Reads `bytes` bytes of a tensor from `offset` on. Throws Error(kData).
  void read(const TensorInfo& tensor, std::uint64_t offset, std::uint64_t bytes, void* out) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t data_begin_ = 0;
  std::map<std::string, TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Elements [offset, offset + count) of a tensor that is stored in `format`, as fp32. Throws Error(kData).
void read_floats(const SafetensorsFile& file, const TensorInfo& tensor, FloatFormat format,
                 std::int64_t offset, std::int64_t count, float* out);

/// Whether two tensors have the same type, shape and bytes. Throws Error(kData).
bool same_values(const SafetensorsFile& file, const TensorInfo& tensor, const SafetensorsFile& other_file,
                 const TensorInfo& other);

/// Bytes of one element of a safetensors dtype; 0 for an unknown one.
std::uint64_t safetensors_element_bytes(const std::string& dtype);

}  // namespace hone
