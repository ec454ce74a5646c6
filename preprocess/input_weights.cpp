#include "preprocess/input_weights.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/philox.hpp"
#include "base/text.hpp"

namespace hone {
namespace {

constexpr double kLeast = 1e-4, kMost = 1e4;

double weight_of(const std::string& assignment, const std::string& text) {
  double weight = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      !(weight >= kLeast && weight <= kMost)) {
    fail_usage(fmt::format("--weight {}: '{}' is no weight", assignment, text), "",
               fmt::format("write FILE=W with W from {} to {}", kLeast, kMost));
  }
  return weight;
}

// In [0, 1), of one row: its FNV-1a hash, spread over all bits.
double chance_of(const Row& row) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3; };
  for (const std::uint32_t id : row.ids) mix(id);
  mix(row.source_line);
  const auto words =
      philox({static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), 0, 0}, {0, 0});
  return std::ldexp(static_cast<double>(words[0]), -32);
}

}  // namespace

InputWeights::InputWeights(const std::vector<std::string>& assignments,
                           const std::vector<std::string>& inputs) {
  if (assignments.empty()) return;
  std::vector<const std::string*> given(inputs.size(), nullptr);
  weights_.assign(inputs.size(), 1);
  for (const std::string& assignment : assignments) {
    const std::size_t equals = std::min(assignment.rfind('='), assignment.size());
    const std::string pattern = assignment.substr(0, equals);
    const double weight = weight_of(assignment, assignment.substr(std::min(equals + 1, assignment.size())));
    bool matched = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] != pattern && ::fnmatch(pattern.c_str(), inputs[i].c_str(), FNM_PATHNAME) != 0) continue;
      if (given[i] != nullptr) {
        fail_usage(fmt::format("--weight {} and {} weigh {} both", *given[i], assignment, inputs[i]), "",
                   "give each input one weight");
      }
      given[i] = &assignment;
      weights_[i] = weight;
      matched = true;
    }
    if (!matched) {
      fail_usage(fmt::format("--weight {} weighs no input", assignment), suggestion(pattern, inputs),
                 "name an --input, or a pattern that matches some");
    }
  }
}

std::uint64_t InputWeights::copies(const Row& row) const {
  if (weights_.empty()) return 1;
  const double weight = of(row.source_file), whole = std::floor(weight);
  return static_cast<std::uint64_t>(whole) + (chance_of(row) < weight - whole ? 1 : 0);
}

}  // namespace hone
