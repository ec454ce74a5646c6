// For bench/quantization.py: time_quantization TYPE WEIGHTS ROUNDS prints the seconds of each operation on
// one thread, the least of the rounds, as JSON.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include "adapter/quantised_tensor.hpp"
#include "base/json.hpp"

namespace {

template <typename Function>
double least_seconds(int rounds, Function f) {
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    f();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto type = std::string(argv[1]) == "nf4" ? hone::FourBitType::kNf4 : hone::FourBitType::kFp4;
  const std::int64_t count = std::stoll(argv[2]);
  const int rounds = std::stoi(argv[3]);
  std::mt19937 generator(1);
  std::normal_distribution<float> normal(0.0F, 0.02F);
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (float& weight : weights) weight = normal(generator);

  hone::QuantisedTensor tensor(type, weights, count);
  std::vector<float> restored(weights.size());
  std::vector<std::uint16_t> halves(weights.size());
  hone::Json seconds;
  seconds["quantise"] = least_seconds(rounds, [&] { tensor = hone::QuantisedTensor(type, weights, count); });
  seconds["dequantise fp32"] =
      least_seconds(rounds, [&] { dequantise(tensor.span(), 0, count, restored.data()); });
  seconds["dequantise bf16"] =
      least_seconds(rounds, [&] { dequantise_bfloat16(tensor.span(), 0, count, halves.data()); });
  seconds["dequantise fp32, fresh memory"] = least_seconds(rounds, [&] {
    const auto fresh = std::make_unique_for_overwrite<float[]>(restored.size());
    dequantise(tensor.span(), 0, count, fresh.get());
  });
  seconds["dequantise bf16, fresh memory"] = least_seconds(rounds, [&] {
    const auto fresh = std::make_unique_for_overwrite<std::uint16_t[]>(halves.size());
    dequantise_bfloat16(tensor.span(), 0, count, fresh.get());
  });
  std::cout << seconds.dump() << "\n";
}
