#include "model/model_config.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr std::int64_t kMostLayers = 10'000;  // keeps a damaged file from filling the memory with names

class Fields {
 public:
  Fields(const Json& json, const std::string& where) : json_(json), where_(where) {}

  bool has(const char* key) const { return json_.contains(key) && !json_.at(key).is_null(); }
  template <typename T>
  T required(const char* key) const {
    return json_field<T>(json_, key, where_);
  }
  template <typename T>
  T optional(const char* key, T fallback) const {
    return has(key) ? json_field<T>(json_, key, where_) : fallback;
  }
  [[noreturn]] void refuse(const std::string& field, const std::string& why) const {
    fail_data(fmt::format("{}: {} is not supported", where_, field), why,
              "use a dense Qwen2, Qwen2.5, Qwen3 or Llama model in 16 or 32 bits");
  }

 private:
  const Json& json_;
  const std::string& where_;
};

// What one of the spellings means; `key` may be absent.
RopeConfig parse_rope_object(const char* key, const Json& json, const Fields& fields,
                             const std::string& where, std::int64_t max_positions) {
  RopeConfig rope;
  rope.theta = fields.optional("rope_theta", rope.theta);
  const auto require_positive = [&](const char* name, double value) {
    if (!(value > 0)) fields.refuse(fmt::format("{} {}", name, value), "it must be positive");
  };
  require_positive("rope_theta", rope.theta);
  if (!fields.has(key)) return rope;
  const Json& object = json.at(key);
  if (!object.is_object()) fields.refuse(fmt::format("{} {}", key, object.dump()), "it must be an object");
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) fields.refuse(fmt::format("{}.{}", key, name), "all layers rotate alike");
  }
  const std::string place = where + ": " + key;
  const Fields scaling(object, place);
  rope.theta = scaling.optional("rope_theta", rope.theta);
  require_positive("rope_theta", rope.theta);
  if (scaling.optional("partial_rotary_factor", 1.0) != 1.0)
    fields.refuse("partial_rotary_factor", "it is not 1");
  const auto type = scaling.has("rope_type") ? scaling.required<std::string>("rope_type")
                                             : scaling.optional<std::string>("type", "default");
  if (type == "default") return rope;
  rope.factor = scaling.required<double>("factor");
  require_positive("factor", rope.factor);
  rope.original_max_position_embeddings = scaling.optional(
      "original_max_position_embeddings", fields.optional("original_max_position_embeddings", max_positions));
  if (type == "linear") {
    rope.type = RopeConfig::Type::kLinear;
  } else if (type == "llama3") {
    rope.type = RopeConfig::Type::kLlama3;
    rope.low_freq_factor = scaling.required<double>("low_freq_factor");
    rope.high_freq_factor = scaling.required<double>("high_freq_factor");
    if (!(rope.high_freq_factor >= rope.low_freq_factor))
      fields.refuse("high_freq_factor", "it is below low_freq_factor");
  } else if (type == "yarn") {
    rope.type = RopeConfig::Type::kYarn;
    rope.beta_fast = scaling.optional("beta_fast", rope.beta_fast);
    rope.beta_slow = scaling.optional("beta_slow", rope.beta_slow);
    rope.attention_factor = scaling.optional("attention_factor", 0.0);
    rope.truncate = scaling.optional("truncate", true);
    if (scaling.has("mscale") || scaling.has("mscale_all_dim"))
      fields.refuse(std::string(key) + ".mscale", "");
  } else {
    fields.refuse(fmt::format("{} type '{}'", key, type), "known: default, linear, llama3, yarn");
  }
  return rope;
}

RopeConfig parse_rope(const Json& json, const Fields& fields, const std::string& where,
                      std::int64_t max_positions) {
  const auto parse = [&](const char* key) {
    return parse_rope_object(key, json, fields, where, max_positions);
  };
  const auto says = [&](const char* key) { return fields.has(key) && !json.at(key).empty(); };
  if (!says("rope_scaling")) return parse("rope_parameters");
  const RopeConfig rope = parse("rope_scaling");
  if (says("rope_parameters") && parse("rope_parameters") != rope)
    fields.refuse("rope_scaling beside rope_parameters", "programs differ in which of the two they follow");
  return rope;
}

void refuse_what_changes_the_maths(const Fields& fields) {
  if (fields.has("quantization_config")) fields.refuse("quantization_config", "the weights are quantised");
  if (fields.optional("use_sliding_window", false))
    fields.refuse("use_sliding_window", "attention sees the whole sample");
  if (fields.has("layer_types")) {
    const auto types = fields.required<std::vector<std::string>>("layer_types");
    for (const std::string& type : types) {
      if (type != "full_attention")
        fields.refuse(fmt::format("layer_types '{}'", type), "attention sees the whole sample");
    }
    if (static_cast<std::int64_t>(types.size()) != fields.required<std::int64_t>("num_hidden_layers"))
      fields.refuse("layer_types", "it does not name as many layers as num_hidden_layers");
  }
  for (const char* key : {"num_experts", "num_local_experts", "n_routed_experts"}) {
    if (fields.has(key)) fields.refuse(key, "a mixture of experts");
  }
  if (fields.optional("partial_rotary_factor", 1.0) != 1.0)
    fields.refuse("partial_rotary_factor", "it is not 1");
  const auto activation = fields.optional<std::string>("hidden_act", "silu");
  if (activation != "silu") fields.refuse(fmt::format("hidden_act '{}'", activation), "known: silu");
  if (fields.optional("attention_dropout", 0.0) != 0.0) fields.refuse("attention_dropout", "it is not 0");
}

}  // namespace

ModelConfig parse_model_config(const Json& json, const std::string& where) {
  const Fields fields(json, where);
  const auto architectures = fields.required<std::vector<std::string>>("architectures");
  const std::string architecture = architectures.empty() ? "" : architectures.front();
  const bool qwen2 = architecture == "Qwen2ForCausalLM", qwen3 = architecture == "Qwen3ForCausalLM";
  if (!qwen2 && !qwen3 && architecture != "LlamaForCausalLM") {
    fields.refuse(fmt::format("architecture '{}'", architecture),
                  "known: Qwen2ForCausalLM, Qwen3ForCausalLM, LlamaForCausalLM");
  }
  refuse_what_changes_the_maths(fields);
  // AutoModel goes by the type, and would load other layers than were trained.
  const std::string type = qwen2 ? "qwen2" : qwen3 ? "qwen3" : "llama";
  if (const auto named = fields.optional<std::string>("model_type", type); named != type) {
    fields.refuse(fmt::format("model_type '{}' with architecture '{}'", named, architecture),
                  fmt::format("that one's is '{}'", type));
  }

  ModelConfig config;
  config.architecture = architecture;
  config.model_type = type;
  config.hidden_size = fields.required<std::int64_t>("hidden_size");
  config.intermediate_size = fields.required<std::int64_t>("intermediate_size");
  config.num_hidden_layers = fields.required<std::int64_t>("num_hidden_layers");
  config.num_attention_heads = fields.required<std::int64_t>("num_attention_heads");
  config.num_key_value_heads = fields.optional("num_key_value_heads", config.num_attention_heads);
  config.vocab_size = fields.required<std::int64_t>("vocab_size");
  for (const auto& [name, value] : {std::pair{"hidden_size", config.hidden_size},
                                    {"intermediate_size", config.intermediate_size},
                                    {"num_hidden_layers", config.num_hidden_layers},
                                    {"num_attention_heads", config.num_attention_heads},
                                    {"num_key_value_heads", config.num_key_value_heads},
                                    {"vocab_size", config.vocab_size}}) {
    if (value <= 0) fields.refuse(fmt::format("{} {}", name, value), "it must be positive");
  }
  if (config.num_hidden_layers > kMostLayers)
    fields.refuse(fmt::format("num_hidden_layers {}", config.num_hidden_layers), "no model has so many");
  config.head_dim =
      fields.optional("head_dim", qwen3 ? 128 : config.hidden_size / config.num_attention_heads);
  if (config.head_dim <= 0 || config.head_dim % 2 != 0)
    fields.refuse(fmt::format("head_dim {}", config.head_dim), "rotation needs a positive even one");
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    fields.refuse(fmt::format("num_key_value_heads {}", config.num_key_value_heads),
                  "it must divide num_attention_heads");
  }
  config.max_position_embeddings = fields.optional<std::int64_t>("max_position_embeddings", 32768);
  config.rms_norm_eps = fields.optional("rms_norm_eps", 1e-6);
  if (!(config.rms_norm_eps >= 0))
    fields.refuse(fmt::format("rms_norm_eps {}", config.rms_norm_eps), "it must not be negative");
  config.rope = parse_rope(json, fields, where, config.max_position_embeddings);
  config.tie_word_embeddings = fields.optional("tie_word_embeddings", false);
  const bool attention_bias = fields.optional("attention_bias", false);
  config.qkv_bias = qwen2 || attention_bias;
  config.output_bias = !qwen2 && attention_bias;
  config.mlp_bias = architecture == "LlamaForCausalLM" && fields.optional("mlp_bias", false);
  config.qk_norm = qwen3;
  config.dtype =
      fields.optional<std::string>("dtype", fields.optional<std::string>("torch_dtype", "float32"));
  return config;
}

ModelConfig read_model_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  if (!std::filesystem::is_regular_file(path)) {
    fail_data(fmt::format("{} is not a model folder", folder.string()), "it has no config.json",
              "give a Hugging Face model folder");
  }
  return parse_model_config(read_json_file(path), path.string());
}

}  // namespace hone
