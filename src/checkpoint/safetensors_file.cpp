#include "checkpoint/safetensors_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {
namespace {

constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's own limit
constexpr std::int64_t kConvertElements = 1 << 20;
constexpr std::uint64_t kLargestRead = std::uint64_t{1} << 30;

[[noreturn]] void fail_file(const std::filesystem::path& path, const std::string& why) {
  fail_data(fmt::format("{} is not a valid safetensors file", path.string()), why,
            "copy or download it again");
}

void read_exactly(int fd, const std::filesystem::path& path, std::uint64_t offset, std::uint64_t bytes,
                  void* out) {
  for (std::uint64_t done = 0; done < bytes;) {
    const ssize_t got = ::pread(fd, static_cast<char*>(out) + done, std::min(kLargestRead, bytes - done),
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail_file(path, got < 0 ? std::strerror(errno) : "it ends early");
    done += static_cast<std::uint64_t>(got);
  }
}

TensorInfo parse_tensor(const std::filesystem::path& path, const std::string& name, const Json& json) {
  TensorInfo tensor;
  const std::string where = path.string() + ": " + name;
  tensor.dtype = json_field<std::string>(json, "dtype", where);
  tensor.shape = json_field<std::vector<std::int64_t>>(json, "shape", where);
  const auto offsets = json_field<std::vector<std::uint64_t>>(json, "data_offsets", where);
  if (offsets.size() != 2) fail_file(path, name + " has no pair of offsets");
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  std::uint64_t bytes = safetensors_element_bytes(tensor.dtype);
  if (bytes == 0) fail_file(path, fmt::format("{} has the unknown dtype {}", name, tensor.dtype));
  for (const std::int64_t size : tensor.shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
      fail_file(path, name + " has an impossible shape");
    }
  }
  if (tensor.end < tensor.begin || tensor.end - tensor.begin != bytes) {
    fail_file(path, fmt::format("{} has {} bytes where its shape needs {}", name, tensor.end - tensor.begin,
                                bytes));
  }
  return tensor;
}

}  // namespace

std::uint64_t safetensors_element_bytes(const std::string& dtype) {
  static const std::map<std::string, std::uint64_t> kBytes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
      {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},     {"F64", 8},     {"I64", 8}, {"U64", 8}};
  const auto found = kBytes.find(dtype);
  return found == kBytes.end() ? 0 : found->second;
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail_data(fmt::format("can't read {}", path.string()), std::strerror(errno), "check the path");
  try {
    const std::uint64_t size = std::filesystem::file_size(path);
    std::uint64_t header_bytes = 0;
    if (size < sizeof header_bytes) fail_file(path, "it is shorter than its header's length");
    read_exactly(fd_, path, 0, sizeof header_bytes, &header_bytes);
    if (header_bytes > kLargestHeader || header_bytes > size - sizeof header_bytes) {
      fail_file(path, fmt::format("its header claims {} bytes", header_bytes));
    }
    std::string text(header_bytes, '\0');
    read_exactly(fd_, path, sizeof header_bytes, header_bytes, text.data());
    data_begin_ = sizeof header_bytes + header_bytes;
    const Json header = Json::parse(text, nullptr, false);
    if (!header.is_object()) fail_file(path, "its header is not JSON");
    for (const auto& [name, json] : header.items()) {
      if (name == "__metadata__") {
        metadata_ = json_field<std::map<std::string, std::string>>(header, name, path.string());
      } else {
        tensors_.emplace(name, parse_tensor(path, name, json));
      }
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;
    for (const auto& [name, tensor] : tensors_) runs.emplace_back(tensor.begin, tensor.end);
    std::sort(runs.begin(), runs.end());
    std::uint64_t end = 0;
    for (const auto& [begin, stop] : runs) {
      if (begin != end) fail_file(path, fmt::format("its tensors overlap or leave a hole at byte {}", begin));
      end = stop;
    }
    if (end != size - data_begin_) {
      fail_file(path,
                fmt::format("it has {} bytes of data where its header needs {}", size - data_begin_, end));
    }
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

SafetensorsFile::~SafetensorsFile() {
  if (fd_ >= 0) ::close(fd_);
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      data_begin_(other.data_begin_),
      tensors_(std::move(other.tensors_)),
      metadata_(std::move(other.metadata_)) {}

void SafetensorsFile::read(const TensorInfo& tensor, std::uint64_t offset, std::uint64_t bytes,
                           void* out) const {
  HONE_ASSERT(offset + bytes <= tensor.end - tensor.begin);
  read_exactly(fd_, path_, data_begin_ + tensor.begin + offset, bytes, out);
}

bool same_values(const SafetensorsFile& file, const TensorInfo& tensor, const SafetensorsFile& other_file,
                 const TensorInfo& other) {
  if (tensor.dtype != other.dtype || tensor.shape != other.shape) return false;
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 22;
  const std::uint64_t bytes = tensor.end - tensor.begin;
  std::vector<char> left(std::min(bytes, kPiece)), right(left.size());
  for (std::uint64_t begin = 0; begin < bytes; begin += kPiece) {
    const std::uint64_t run = std::min(kPiece, bytes - begin);
    file.read(tensor, begin, run, left.data());
    other_file.read(other, begin, run, right.data());
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(run), right.begin()))
      return false;
  }
  return true;
}

void read_floats(const SafetensorsFile& file, const TensorInfo& tensor, FloatFormat format,
                 std::int64_t offset, std::int64_t count, float* out) {
  const std::int64_t element = bytes_of(format);
  std::vector<char> raw(static_cast<std::size_t>(std::min(count, kConvertElements) * element));
  for (std::int64_t begin = 0; begin < count; begin += kConvertElements) {
    const std::int64_t run = std::min(kConvertElements, count - begin);
    file.read(tensor, static_cast<std::uint64_t>((offset + begin) * element),
              static_cast<std::uint64_t>(run * element), raw.data());
    to_float(format, raw.data(), run, out + begin);
  }
}

}  // namespace hone
