// For the parity test: quantise_weights TYPE PIECE INPUT OUTPUT [OFFSET]. INPUT holds fp32 weights. OUTPUT
// gets the offset, codes, 8-bit scales and group maxima, then the weights restored, in fp32 and in bf16.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "adapter/quantised_tensor.hpp"

namespace {

template <typename T>
void write(std::ofstream& file, const std::vector<T>& values) {
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) return 2;
  const auto type = std::string(argv[1]) == "nf4" ? hone::FourBitType::kNf4 : hone::FourBitType::kFp4;
  std::ifstream input(argv[3], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(input), {}};
  std::vector<float> weights(bytes.size() / sizeof(float));
  std::memcpy(weights.data(), bytes.data(), bytes.size());
  const auto count = static_cast<std::int64_t>(weights.size());

  const auto offset = argc == 6 ? std::optional<float>(std::strtof(argv[5], nullptr)) : std::nullopt;
  const hone::QuantisedTensor tensor(type, weights, std::stoll(argv[2]), offset);
  std::vector<std::uint16_t> halves(weights.size());
  hone::dequantise(tensor.span(), 0, count, weights.data());
  hone::dequantise_bfloat16(tensor.span(), 0, count, halves.data());

  std::ofstream output(argv[4], std::ios::binary);
  write(output, std::vector<float>{tensor.offset});
  write(output, tensor.codes);
  write(output, tensor.scales);
  write(output, tensor.group_maxima);
  write(output, weights);
  write(output, halves);
}
