#include "checkpoint/side_files.hpp"

#include <algorithm>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace hone {
namespace {

constexpr const char* kPrefixes[] = {
    "tokenizer", "chat_template", "additional_chat_templates", "special_tokens_map", "added_tokens",
    "vocab.",    "merges."};

bool copied_as_is(const std::string& name) {
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](const char* prefix) { return name.starts_with(prefix); });
}

OrderedJson read_ordered(const std::filesystem::path& path) {
  return OrderedJson::parse(read_text_file(path));
}

std::vector<std::int64_t> stop_ids(const OrderedJson& json) {
  if (!json.contains("eos_token_id") || json["eos_token_id"].is_null()) return {};
  const OrderedJson& ids = json["eos_token_id"];
  return ids.is_array() ? ids.get<std::vector<std::int64_t>>() : std::vector{ids.get<std::int64_t>()};
}

}  // namespace

void copy_tokenizer_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    // Folders of templates are copied too; files are read and written, so that read-only ones don't stay
    // read-only.
    if (!copied_as_is(name)) continue;
    if (entry.is_regular_file()) {
      write_file_atomically(to / name, read_text_file(entry.path()));
    } else if (entry.is_directory()) {
      std::filesystem::copy(
          entry.path(), to / name,
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    }
  }
}

void copy_side_files(const std::filesystem::path& from, const std::filesystem::path& to,
                     const std::string& dtype, std::int64_t turn_end_id) {
  copy_tokenizer_files(from, to);
  OrderedJson config = read_ordered(from / "config.json");
  const char* const dtype_key =
      config.contains("torch_dtype") && !config.contains("dtype") ? "torch_dtype" : "dtype";
  if (!config.contains(dtype_key) || config[dtype_key] != dtype) {
    config[dtype_key] = dtype;
    write_file_atomically(to / "config.json", config.dump(2) + "\n");
  } else {
    write_file_atomically(to / "config.json", read_text_file(from / "config.json"));
  }

  const std::filesystem::path generation = from / "generation_config.json";
  const bool present = std::filesystem::is_regular_file(generation);
  OrderedJson json = present ? read_ordered(generation) : OrderedJson::object();
  std::vector<std::int64_t> ids = present ? stop_ids(json) : stop_ids(config);
  const bool stops = turn_end_id < 0 || std::find(ids.begin(), ids.end(), turn_end_id) != ids.end();
  if (stops && present) {
    write_file_atomically(to / "generation_config.json", read_text_file(generation));
  } else if (!stops) {
    ids.push_back(turn_end_id);
    json["eos_token_id"] = ids;
    write_file_atomically(to / "generation_config.json", json.dump(2) + "\n");
  }
}

}  // namespace hone
