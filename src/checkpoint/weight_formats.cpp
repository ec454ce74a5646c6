#include "checkpoint/weight_formats.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace hone {

FloatFormat WeightFormats::of(const std::string& parameter) const {
  const auto other = others.find(parameter);
  return other == others.end() ? usual : other->second;
}

std::int64_t WeightFormats::bytes_of(const WeightPart& part) const {
  return part.numel() * hone::bytes_of(of(part.name));
}

std::string WeightFormats::text() const {
  if (others.empty()) return config_name(usual);
  std::set<std::string> names;
  for (const auto& [parameter, format] : others) names.insert(config_name(format));
  return fmt::format("{}, {} tensors in {}", config_name(usual), others.size(), fmt::join(names, " and "));
}

}  // namespace hone
