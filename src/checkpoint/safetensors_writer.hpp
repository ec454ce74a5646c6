#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/float_format.hpp"

namespace hone {

/// Writes one safetensors file tensor by tensor, under a temporary name until it is whole, synced and read
/// again.
class SafetensorsWriter {
 public:
  struct Tensor {
    std::string name;
    std::vector<std::int64_t> shape;
    FloatFormat format;
  };

  /// `tensors` in the order in which they will come; `metadata` beside the "format" that loaders look for.
  /// Throws Error(kRunTimeFailure).
  SafetensorsWriter(std::filesystem::path path, std::vector<Tensor> tensors,
                    const std::map<std::string, std::string>& metadata = {});
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  /// The next tensor's values, row-major fp32.
  void append(const float* values);
  /// Syncs, renames, opens the file again and compares its header. Throws unless every tensor came.
  void finish();

 private:
  void write(const void* data, std::uint64_t bytes);
  /// Leaves nothing of a file that was not finished.
  void discard();

  std::filesystem::path path_, temporary_;
  std::vector<Tensor> tensors_;
  std::size_t next_ = 0;
  int fd_ = -1;
};

}  // namespace hone
