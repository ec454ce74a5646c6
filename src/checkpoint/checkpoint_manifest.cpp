#include "checkpoint/checkpoint_manifest.hpp"

#include <fmt/format.h>

#include <tuple>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace hone {
namespace {

constexpr const char* kChecksum = "checksum";
constexpr const char* kRemedy = "use another checkpoint";

}  // namespace

OrderedJson to_json(const StateFile& file) {
  OrderedJson ranges = OrderedJson::array();
  for (const StateRange& range : file.ranges)
    ranges.push_back(OrderedJson::array({range.name, range.offset, range.count}));
  return {{"file", file.file}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"ranges", ranges}};
}

StateFile parse_state_file(const Json& json, const std::string& where) {
  StateFile file;
  file.file = json_field<std::string>(json, "file", where);
  file.bytes = json_field<std::uint64_t>(json, "bytes", where);
  file.sha256 = json_field<std::string>(json, "sha256", where);
  using Range = std::tuple<std::string, std::int64_t, std::int64_t>;
  for (auto& [name, offset, count] : json_field<std::vector<Range>>(json, "ranges", where))
    file.ranges.push_back({name, offset, count});
  return file;
}

std::string manifest_text(const CheckpointManifest& manifest) {
  OrderedJson files = OrderedJson::array();
  for (const StateFile& file : manifest.files) files.push_back(to_json(file));
  OrderedJson json = {{"format_version", kCheckpointFormatVersion},
                      {"program", manifest.program},
                      {"step", manifest.step},
                      {"updates", manifest.updates},
                      {"ranks", manifest.ranks},
                      {"zero_stage", manifest.zero_stage},
                      {"trainer_state_sha256", manifest.trainer_state_sha256},
                      {"fingerprint", to_json(manifest.fingerprint)},
                      {"config", manifest.config},
                      {"parameters", manifest.parameters},
                      {"files", files}};
  if (const auto& state = manifest.loss_scale) {
    json["loss_scale"] = {{"scale", state->scale},
                          {"clean_steps", state->clean_steps},
                          {"overflows_left", state->overflows_left}};
  }
  if (manifest.save_seconds) json["save_seconds"] = *manifest.save_seconds;
  json[kChecksum] = sha256_of(json.dump());
  return json.dump(1) + "\n";
}

CheckpointManifest parse_checkpoint_manifest(const std::string& text, const std::string& where) {
  OrderedJson ordered = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!ordered.is_object()) fail_data(fmt::format("{} is not valid JSON", where), "", kRemedy);
  const Json json = Json::parse(text);
  if (const auto version = json_field<std::int64_t>(json, "format_version", where);
      version != kCheckpointFormatVersion) {
    fail_data(fmt::format("{} has format version {}", where, version),
              fmt::format("this program reads version {}", kCheckpointFormatVersion),
              "resume with the program that wrote it");
  }
  const auto checksum = json_field<std::string>(json, kChecksum, where);
  ordered.erase(kChecksum);
  if (sha256_of(ordered.dump()) != checksum)
    fail_data(fmt::format("{} was changed since it was written", where), "its checksum does not fit",
              kRemedy);
  CheckpointManifest manifest;
  manifest.program = json_field<std::string>(json, "program", where);
  manifest.step = json_field<std::int64_t>(json, "step", where);
  // Checkpoints of before there was fp16 don't say.
  manifest.updates =
      json.contains("updates") ? json_field<std::int64_t>(json, "updates", where) : manifest.step;
  if (json.contains("loss_scale")) {
    const auto state = json_field<Json>(json, "loss_scale", where);
    manifest.loss_scale = {json_field<double>(state, "scale", where),
                           json_field<std::int64_t>(state, "clean_steps", where),
                           json_field<std::int64_t>(state, "overflows_left", where)};
  }
  if (json.contains("save_seconds")) manifest.save_seconds = json_field<double>(json, "save_seconds", where);
  manifest.ranks = json_field<std::int64_t>(json, "ranks", where);
  manifest.zero_stage = json_field<std::int64_t>(json, "zero_stage", where);
  manifest.trainer_state_sha256 = json_field<std::string>(json, "trainer_state_sha256", where);
  manifest.fingerprint = parse_fingerprint(json_field<Json>(json, "fingerprint", where), where);
  manifest.config = ordered["config"];
  manifest.parameters = json_field<StateReader::Shapes>(json, "parameters", where);
  for (const Json& file : json_field<std::vector<Json>>(json, "files", where))
    manifest.files.push_back(parse_state_file(file, where));
  return manifest;
}

}  // namespace hone
