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

void print_written(const std::string& folder, std::int64_t tensors, std::int64_t parameters,
                   FloatFormat format) {
  log::info("written    {}: {} tensors, {} parameters, {} in {}", folder, tensors, human_count(parameters),
            human_bytes(static_cast<double>(parameters * bytes_of(format))), config_name(format));
}

}  // namespace hone
