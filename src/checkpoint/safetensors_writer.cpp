#include "checkpoint/safetensors_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "checkpoint/safetensors_file.hpp"

namespace hone {
namespace {

constexpr std::int64_t kConvertElements = 1 << 20;
constexpr std::uint64_t kHeaderAlignment = 8;

std::int64_t numel(const SafetensorsWriter::Tensor& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t size : tensor.shape) count *= size;
  return count;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::filesystem::path path, std::vector<Tensor> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : path_(std::move(path)), temporary_(path_.string() + ".tmp"), tensors_(std::move(tensors)) {
  OrderedJson header;
  header["__metadata__"] = {{"format", "pt"}};
  for (const auto& [key, text] : metadata) header["__metadata__"][key] = text;
  std::int64_t end = 0;
  for (const Tensor& tensor : tensors_) {
    const std::int64_t begin = end;
    end += numel(tensor) * bytes_of(tensor.format);
    header[tensor.name] = {
        {"dtype", safetensors_name(tensor.format)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0)
    fail_run(fmt::format("can't write {}", temporary_.string()), std::strerror(errno),
             "check the folder's permissions");
  const std::uint64_t length = text.size();
  try {
    write(&length, sizeof length);
    write(text.data(), text.size());
  } catch (...) {
    discard();
    throw;
  }
}

SafetensorsWriter::~SafetensorsWriter() { discard(); }

void SafetensorsWriter::discard() {
  if (fd_ < 0) return;
  ::close(fd_);
  fd_ = -1;
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void SafetensorsWriter::write(const void* data, std::uint64_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(fd_, next, std::min<std::uint64_t>(bytes, std::uint64_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      fail_run(fmt::format("can't write {}", temporary_.string()), std::strerror(errno),
               "check free space and quota");
    next += written;
    bytes -= static_cast<std::uint64_t>(written);
  }
}

void SafetensorsWriter::append(const float* values) {
  HONE_ASSERT(next_ < tensors_.size());
  const Tensor& tensor = tensors_[next_++];
  const std::int64_t count = numel(tensor);
  std::vector<char> converted(
      static_cast<std::size_t>(std::min(count, kConvertElements) * bytes_of(tensor.format)));
  for (std::int64_t begin = 0; begin < count; begin += kConvertElements) {
    const std::int64_t run = std::min(kConvertElements, count - begin);
    from_float(tensor.format, values + begin, run, converted.data());
    write(converted.data(), static_cast<std::uint64_t>(run * bytes_of(tensor.format)));
  }
}

void SafetensorsWriter::finish() {
  HONE_ASSERT(next_ == tensors_.size());
  if (::fsync(fd_) != 0)
    fail_run(fmt::format("can't write {}", temporary_.string()), std::strerror(errno),
             "check free space and quota");
  ::close(fd_);
  fd_ = -1;
  rename_durably(temporary_, path_);
  const SafetensorsFile written(path_);
  for (const Tensor& tensor : tensors_) {
    const auto found = written.tensors().find(tensor.name);
    if (found == written.tensors().end() || found->second.shape != tensor.shape ||
        found->second.dtype != safetensors_name(tensor.format)) {
      fail_run(fmt::format("{} reads back wrong at {}", path_.string(), tensor.name),
               "the disk did not keep what was written", "write to another disk");
    }
  }
}

}  // namespace hone
