#include "comm/communicator.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace hone {

std::int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return 4;
    case DType::kBFloat16:
    case DType::kFloat16: return 2;
    case DType::kUInt8: return 1;
    case DType::kInt64:
    case DType::kFloat64: return 8;
  }
  fail_assertion("a known dtype", __FILE__, __LINE__);
}

double Communicator::all_reduce_scalar(double value, ReduceOp op) {
  all_reduce({&value, 1, DType::kFloat64}, op).wait();
  return value;
}

std::string Communicator::broadcast_string(const std::string& text, int root) {
  auto length = static_cast<std::int64_t>(text.size());
  broadcast({&length, 1, DType::kInt64}, root).wait();
  std::string result = text;
  result.resize(static_cast<std::size_t>(length));
  broadcast({result.data(), length, DType::kUInt8}, root).wait();
  return result;
}

std::vector<std::string> Communicator::gather_strings(const std::string& text) {
  const auto own = static_cast<std::int64_t>(text.size());
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(size()));
  all_gather({&own, 1, DType::kInt64}, {lengths.data(), size(), DType::kInt64}).wait();
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  std::string padded = text, all(static_cast<std::size_t>(longest * size()), '\0');
  padded.resize(static_cast<std::size_t>(longest));
  all_gather({padded.data(), longest, DType::kUInt8}, {all.data(), longest * size(), DType::kUInt8}).wait();
  std::vector<std::string> result;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    result.push_back(all.substr(i * static_cast<std::size_t>(longest), static_cast<std::size_t>(lengths[i])));
  }
  return result;
}

}  // namespace hone
