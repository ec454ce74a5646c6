#include "dataset/manifest.hpp"

#include <fmt/format.h>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {
namespace {

OrderedJson json_or_null(const std::optional<std::string>& text) {
  return text ? OrderedJson(*text) : OrderedJson(nullptr);
}

std::optional<std::string> text_or_null(const Json& object, const char* key, const std::string& where) {
  if (json_field<Json>(object, key, where).is_null()) return std::nullopt;
  return json_field<std::string>(object, key, where);
}

}  // namespace

void write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  OrderedJson inputs = OrderedJson::array(), parts = OrderedJson::array();
  for (const auto& input : manifest.inputs) {
    inputs.push_back({{"path", input.path},
                      {"size", input.size},
                      {"sha256", input.sha256},
                      {"format", input.format},
                      {"weight", input.weight}});
  }
  for (const auto& part : manifest.parts) {
    parts.push_back({{"file", part.file},
                     {"rows", part.rows},
                     {"tokens", part.tokens},
                     {"targets", part.targets},
                     {"bytes", part.bytes},
                     {"sha256", part.sha256},
                     {"content_sha256", part.content_sha256}});
  }
  const auto& counts = manifest.counts;
  const OrderedJson json = {
      {"format_version", kDatasetFormatVersion},
      {"tool_version", manifest.tool_version},
      {"tokenizer_sha256", manifest.tokenizer_sha256},
      {"template",
       {{"name", manifest.chat_template.name},
        {"sha256", manifest.chat_template.sha256},
        {"system_prompt", json_or_null(manifest.chat_template.system_prompt)},
        {"turn_end_id", manifest.chat_template.turn_end_id}}},
      {"loss", manifest.loss},
      {"thinking", manifest.thinking},
      {"model_max_length", manifest.model_max_length},
      {"max_id", manifest.max_id},
      {"counts",
       {{"rows", counts.rows},
        {"tokens", counts.tokens},
        {"targets", counts.targets},
        {"truncated", counts.truncated},
        {"empty_answers", counts.empty_answers},
        {"dropped", OrderedJson(counts.dropped)}}},
      {"inputs", inputs},
      {"parts", parts},
  };
  write_file_atomically(folder / "manifest.json", json.dump(2) + "\n");
}

std::filesystem::path replaced_path(const std::filesystem::path& folder) {
  const bool slash = folder.filename().empty() && folder.has_parent_path();
  std::filesystem::path path = slash ? folder.parent_path() : folder;
  path += ".hone-replaced";
  return path;
}

Manifest read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "manifest.json";
  if (const auto replaced = replaced_path(folder);
      !std::filesystem::exists(path) && std::filesystem::exists(replaced / "manifest.json")) {
    fail_data(fmt::format("{} is missing", folder.string()),
              fmt::format("hone-preprocess was interrupted while it replaced it; the earlier dataset is {}",
                          replaced.string()),
              "run hone-preprocess again, or rename that folder back");
  }
  if (!std::filesystem::is_regular_file(path)) {
    fail_data(fmt::format("{} is not a complete dataset", folder.string()), "it has no manifest.json",
              "make it with hone-preprocess, or run that again if it was interrupted");
  }
  const Json json = read_json_file(path);
  const std::string where = path.string();
  if (const auto version = json_field<std::uint64_t>(json, "format_version", where);
      version != kDatasetFormatVersion) {
    fail_data(fmt::format("{} has format version {}", where, version),
              fmt::format("this program reads version {}", kDatasetFormatVersion), "make the dataset again");
  }
  Manifest manifest;
  manifest.tool_version = json_field<std::string>(json, "tool_version", where);
  manifest.tokenizer_sha256 = json_field<std::string>(json, "tokenizer_sha256", where);
  const Json chat_template = json_field<Json>(json, "template", where);
  manifest.chat_template = {json_field<std::string>(chat_template, "name", where),
                            json_field<std::string>(chat_template, "sha256", where),
                            text_or_null(chat_template, "system_prompt", where),
                            json_field<std::int64_t>(chat_template, "turn_end_id", where)};
  manifest.loss = json_field<std::string>(json, "loss", where);
  manifest.thinking = json.value("thinking", manifest.thinking);  // datasets of before it have none
  manifest.model_max_length = json_field<std::uint64_t>(json, "model_max_length", where);
  manifest.max_id = json_field<std::uint64_t>(json, "max_id", where);
  const Json counts = json_field<Json>(json, "counts", where);
  const auto count = [&](const char* key) { return json_field<std::uint64_t>(counts, key, where); };
  manifest.counts = {
      count("rows"),          count("tokens"),
      count("targets"),       count("truncated"),
      count("empty_answers"), json_field<std::map<std::string, std::uint64_t>>(counts, "dropped", where)};
  for (const Json& input : json_field<std::vector<Json>>(json, "inputs", where)) {
    Manifest::Input read{json_field<std::string>(input, "path", where),
                         json_field<std::uint64_t>(input, "size", where),
                         json_field<std::string>(input, "sha256", where)};
    read.format = input.value("format", read.format);  // datasets of before other formats have none
    read.weight = input.value("weight", read.weight);
    manifest.inputs.push_back(std::move(read));
  }
  for (const Json& part : json_field<std::vector<Json>>(json, "parts", where)) {
    manifest.parts.push_back(
        {json_field<std::string>(part, "file", where), json_field<std::uint64_t>(part, "rows", where),
         json_field<std::uint64_t>(part, "tokens", where), json_field<std::uint64_t>(part, "targets", where),
         json_field<std::uint64_t>(part, "bytes", where), json_field<std::string>(part, "sha256", where),
         json_field<std::string>(part, "content_sha256", where)});
  }
  return manifest;
}

}  // namespace hone
