#include "train/saved_form.hpp"

namespace hone {

WeightFormats save_formats(SaveDtype dtype, const WeightFormats& base) {
  switch (dtype) {
    case SaveDtype::kAsBase: return base;
    case SaveDtype::kFloat32: return FloatFormat::kFloat32;
    case SaveDtype::kBfloat16: return FloatFormat::kBFloat16;
    case SaveDtype::kFloat16: return FloatFormat::kFloat16;
  }
  return base;
}

std::string base_fingerprint(const Fingerprint& fingerprint) {
  return fingerprint.inputs.at("model_name_or_path").value("sha256", "");
}

std::int64_t turn_end_id(const Fingerprint& fingerprint) {
  return fingerprint.inputs.at("data_path").value("turn_end_id", std::int64_t{-1});
}

AdapterWriter::Options adapter_output(const TrainConfig& config, const LoraOptions& lora,
                                      const std::string& base_fingerprint, std::int64_t turn_end_id) {
  const std::string& base = config.model.model_name_or_path;
  AdapterOrigin origin;
  origin.base_fingerprint = base_fingerprint;
  if (config.adapter.q_lora) origin.quantised = config.adapter.quant_type;
  origin.turn_end_id = turn_end_id;
  return {{lora, base}, origin, base, save_formats(config.save.save_dtype, FloatFormat::kFloat32).usual};
}

}  // namespace hone
