#include "train/run_inputs.hpp"

#include <algorithm>
#include <vector>

#include "adapter/lora_init.hpp"
#include "adapter/lora_table.hpp"
#include "base/log.hpp"
#include "checkpoint/adapter_fingerprint.hpp"
#include "checkpoint/model_fingerprint.hpp"
#include "checkpoint/side_files.hpp"
#include "train/input_check.hpp"
#include "train/rank_view.hpp"
#include "train/saved_form.hpp"

namespace hone {
namespace {

std::optional<Dataset> open_optional(const std::string& path) {
  if (path.empty()) return std::nullopt;
  return Dataset::open(path);
}

}  // namespace

RunInputs::RunInputs(const TrainConfig& config, const MpiSession& session, Communicator& comm)
    : config_(config),
      plan_(plan_model(config.model, config.adapter)),
      reader_(config.model.model_name_or_path, plan_.base),
      dataset_(Dataset::open(config.data.data_path)),
      eval_dataset_(open_optional(config.data.eval_data_path)) {
  if (const std::string& start = config.adapter.lora_weight_path; !start.empty()) {
    adapter_.emplace(start, plan_.table, *plan_.lora);
  }
  if (comm.rank() == 0) {  // the rank that will copy them
    for (const std::string& line : check_side_files(config.model.model_name_or_path)) log::warn("{}", line);
  }
  if (!reader_.note().empty() && comm.rank() == 0) log::warn("{}", reader_.note());
  require_output_apart(config.save.output_dir, {config.model.model_name_or_path, config.data.data_path,
                                                config.data.eval_data_path, config.adapter.lora_weight_path});
  require_rows_fit(dataset_, config.data.model_max_length);
  require_dataset_fits_model(dataset_, config.model.model_name_or_path, plan_.config);
  if (eval_dataset_)
    require_dataset_fits_model(*eval_dataset_, config.model.model_name_or_path, plan_.config);
  start_ = agree(session, comm);
  if (adapter_ && comm.rank() == 0) require_base_of_start();
}

// Each host may have files of its own; reading them once on each is enough.
StartDigests RunInputs::agree(const MpiSession& session, Communicator& comm) const {
  const bool reads = session.local_rank() == 0;
  const std::string& adapter = config_.adapter.lora_weight_path;
  const StartDigests start = {reads ? model_fingerprint(config_.model.model_name_or_path) : "",
                              reads && adapter_ ? adapter_fingerprint(adapter) : ""};
  const RankView own = {session.host(),
                        to_json(config_),
                        deepspeed_settings(config_),
                        {{"model_name_or_path", start.model},
                         {"lora_weight_path", start.adapter},
                         {"data_path", content_sha256(dataset_.manifest())},
                         {"eval_data_path", eval_dataset_ ? content_sha256(eval_dataset_->manifest()) : ""}}};
  std::vector<RankView> views;
  for (const std::string& text : comm.gather_strings(to_json(own).dump()))
    views.push_back(parse_rank_view(text));
  require_same_view(views);
  const auto agreed = [&](const char* name) { return views.front().inputs.at(name).get<std::string>(); };
  return {agreed("model_name_or_path"), agreed("lora_weight_path")};
}

void RunInputs::require_base_of_start() const {
  const std::string& start = config_.adapter.lora_weight_path;
  if (!adapter_->origin()) {
    log::info("start      {} records no base model; its shapes fit this one", start);
    return;
  }
  const std::vector<std::string>& allowed = config_.save.allow_changed;
  if (std::find(allowed.begin(), allowed.end(), "model_name_or_path") != allowed.end()) return;
  require_same_base(adapter_->origin()->base_fingerprint, start_.model, start,
                    config_.model.model_name_or_path,
                    "give that base, or say --allow_changed model_name_or_path");
}

std::uint32_t RunInputs::longest_row() const {
  const auto longest = [](const Dataset& data) {
    return *std::max_element(data.lengths().begin(), data.lengths().end());
  };
  return std::max(longest(dataset_), eval_dataset_ ? longest(*eval_dataset_) : 0U);
}

ReadRange RunInputs::first_values() const {
  return [this](const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) {
    if (adapter_ && adapter_->holds(part)) {
      adapter_->read_range(part, offset, count, out);
    } else if (is_adapter_parameter(part.name)) {
      initial_adapter_values(part, static_cast<std::uint64_t>(config_.run.seed), offset, count, out);
    } else {
      reader_.read_range(part, offset, count, out);
    }
  };
}

WeightFormats RunInputs::output_formats() const {
  return save_formats(config_.save.save_dtype, plan_.lora ? FloatFormat::kFloat32 : reader_.formats());
}

ModelOutput RunInputs::output() const {
  const std::int64_t turn_end_id = dataset_.manifest().chat_template.turn_end_id;
  if (plan_.lora) return adapter_output(config_, *plan_.lora, start_.model, turn_end_id);
  return ModelWriter::Options{config_.model.model_name_or_path, output_formats(), config_.save.max_shard_size,
                              turn_end_id};
}

std::optional<ModelOutput> RunInputs::checkpoint_output() const {
  if (!plan_.lora && !config_.save.save_hf_model) return std::nullopt;
  return output();
}

}  // namespace hone
