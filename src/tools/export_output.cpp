#include "tools/export_output.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace hone {

void require_finite(const WeightPart& part, FloatFormat format, const std::vector<float>& values) {
  if (all_finite(format, values.data(), part.numel())) return;
  if (!all_finite(FloatFormat::kFloat32, values.data(), part.numel())) {
    fail_data(fmt::format("{} holds values that are not finite", part.name), "nothing was written",
              "check the files it comes from with hone-inspect safetensors --verify");
  }
  fail_data(fmt::format("{} holds values too large for {}", part.name, config_name(format)),
            "nothing was written", "say --dtype bfloat16 or float32");
}

void print_written(const std::string& folder, const std::vector<const WeightPart*>& parts,
                   const WeightFormats& formats) {
  std::int64_t parameters = 0, bytes = 0;
  for (const WeightPart* const part : parts) {
    parameters += part->numel();
    bytes += formats.bytes_of(*part);
  }
  log::info("written    {}: {} tensors, {} parameters, {} in {}", folder, parts.size(),
            human_count(parameters), human_bytes(static_cast<double>(bytes)), formats.text());
}

}  // namespace hone
