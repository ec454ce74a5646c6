#include "checkpoint/side_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/byte_order_mark.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefixes[] = {
    "tokenizer", "chat_template", "additional_chat_templates", "special_tokens_map", "added_tokens",
    "vocab.",    "merges."};

// Those of them that transformers reads where they are there, each before or beside another.
constexpr const char* kReadByName[] = {"tokenizer.json",      "tokenizer.model",    "tokenizer_config.json",
                                       "chat_template.jinja", "chat_template.json", "special_tokens_map.json",
                                       "added_tokens.json",   "vocab.json",         "vocab.txt",
                                       "merges.txt"};
constexpr const char* kTemplateFolder = "additional_chat_templates";

bool copied_as_is(const std::string& name) {
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](const char* prefix) { return name.starts_with(prefix); });
}

// The files that are copied as they are, relative to the folder; folders of templates are looked into.
std::vector<fs::path> files_copied_as_is(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    if (!copied_as_is(name.string())) continue;
    if (!entry.is_directory()) {
      files.push_back(name);
      continue;
    }
    for (const auto& inner : fs::recursive_directory_iterator(entry)) {
      if (!inner.is_directory()) files.push_back(inner.path().lexically_relative(folder));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Reading a FIFO would wait without end; what transformers can't load is of no use in the trained model.
void require_copyable(const fs::path& path) {
  std::error_code unreadable;  // then whoever opens it says why
  const fs::file_status status = fs::status(path, unreadable);
  if (fs::is_other(status)) {
    fail_data(fmt::format("{} can't be copied", path.string()),
              "it is a pipe, a socket or a device, not a file", "take it out of the folder");
  }
  if (path.extension() == ".json") require_no_byte_order_mark(path);
}

void remove_left_over(const fs::path& file) {
  std::error_code error;
  if (fs::remove(file, error)) log::info("removed    {} (of an earlier model)", file.string());
  if (error) {
    fail_run(fmt::format("can't remove {}", file.string()), error.message(),
             "remove it: it is not this model's, and would be read with it");
  }
}

// An earlier model of this folder may have had what this one has not: its chat template would be taken for
// this one's. What transformers does not read by its name is nobody's but the user's.
void remove_left_over(const fs::path& folder, const std::vector<fs::path>& kept) {
  const auto is_kept = [&](const fs::path& file) {
    return std::find(kept.begin(), kept.end(), file) != kept.end();
  };
  for (const char* const name : kReadByName) {
    std::error_code ignored;
    if (fs::is_regular_file(fs::symlink_status(folder / name, ignored)) && !is_kept(name))
      remove_left_over(folder / name);
  }
  std::error_code ignored;
  const fs::path templates = folder / kTemplateFolder;
  if (!fs::is_directory(fs::symlink_status(templates, ignored))) return;  // a link's files lie elsewhere
  for (const auto& entry : fs::directory_iterator(templates, ignored)) {
    if (entry.path().extension() == ".jinja" && !is_kept(fs::path(kTemplateFolder) / entry.path().filename()))
      remove_left_over(entry.path());
  }
}

// A link that leads nowhere counts as present: reading it then names it.
bool present(const fs::path& path) { return fs::symlink_status(path).type() != fs::file_type::not_found; }

OrderedJson read_object(const fs::path& path) {
  require_copyable(path);
  OrderedJson json = read_ordered_json_file(path);
  if (!json.is_object()) {
    fail_data(fmt::format("{} holds no JSON object", path.string()),
              fmt::format("it is {}", json.type_name()), "repair the file, or copy the model folder again");
  }
  return json;
}

std::vector<std::int64_t> stop_ids(const OrderedJson& json, const fs::path& path) {
  const OrderedJson ids = json.value("eos_token_id", OrderedJson(nullptr));
  if (ids.is_null()) return {};
  if (ids.is_number_integer()) return {ids.get<std::int64_t>()};
  const bool all_ids = ids.is_array() && std::all_of(ids.begin(), ids.end(), [](const OrderedJson& id) {
                         return id.is_number_integer();
                       });
  if (!all_ids) {
    fail_data(fmt::format("{}: 'eos_token_id' is {}", path.string(), ids.dump()),
              "a token id or a list of them is expected", "repair the file");
  }
  return ids.get<std::vector<std::int64_t>>();
}

// What transformers' GenerationConfig.validate() finds fault with while sampling is off, and the values that
// have no effect.
const std::vector<std::pair<const char*, OrderedJson>>& sampling_settings() {
  static const std::vector<std::pair<const char*, OrderedJson>> kSettings = {
      {"temperature", 1.0}, {"top_p", 1.0}, {"min_p", nullptr},      {"top_h", nullptr},
      {"typical_p", 1.0},   {"top_k", 50},  {"epsilon_cutoff", 0.0}, {"eta_cutoff", 0.0}};
  return kSettings;
}

std::vector<std::string> oddities(const OrderedJson& generation, const fs::path& path) {
  std::vector<std::string> lines;
  if (generation.value("do_sample", OrderedJson(false)) == true) return lines;
  for (const auto& [name, idle] : sampling_settings()) {
    const OrderedJson value = generation.value(name, OrderedJson(nullptr));
    if (value.is_null() || value == idle) continue;
    lines.push_back(fmt::format(
        "{} sets {} {} without do_sample; it is copied as it is, and transformers will complain of it",
        path.string(), name, value.dump()));
  }
  return lines;
}

// tokenizer.json has millions of entries; its SHA-256, which the dataset records, vouches for it.
bool worth_parsing(const fs::path& file) {
  return file.extension() == ".json" && file.filename() != "tokenizer.json";
}

}  // namespace

std::vector<std::string> check_side_files(const fs::path& from) {
  std::vector<std::string> odd;
  for (const fs::path& file : files_copied_as_is(from)) {
    require_copyable(from / file);
    if (worth_parsing(file)) {
      read_object(from / file);
    } else {
      read_text_file(from / file);
    }
  }
  if (!present(from / "tokenizer_config.json")) {
    odd.push_back(fmt::format("{} has no tokenizer_config.json; the trained model will have none either",
                              from.string()));
  }
  stop_ids(read_object(from / "config.json"), from / "config.json");
  const fs::path generation = from / "generation_config.json";
  if (!present(generation)) return odd;
  const OrderedJson json = read_object(generation);
  stop_ids(json, generation);
  for (std::string& line : oddities(json, generation)) odd.push_back(std::move(line));
  return odd;
}

std::int64_t tokenizer_file_bytes(const fs::path& folder) {
  std::int64_t bytes = 0;
  for (const fs::path& file : files_copied_as_is(folder))
    bytes += static_cast<std::int64_t>(fs::file_size(folder / file));
  return bytes;
}

void copy_tokenizer_files(const fs::path& from, const fs::path& to) {
  const std::vector<fs::path> files = files_copied_as_is(from);
  remove_left_over(to, files);
  for (const fs::path& file : files) {
    // Read and written, not copied: a read-only file must not stand in the way of the next save.
    fs::create_directories((to / file).parent_path());
    write_file_atomically(to / file, read_text_file(from / file));
  }
}

void copy_side_files(const fs::path& from, const fs::path& to, const std::string& dtype,
                     std::int64_t turn_end_id) {
  copy_tokenizer_files(from, to);
  OrderedJson config = read_object(from / "config.json");
  const char* const dtype_key =
      config.contains("torch_dtype") && !config.contains("dtype") ? "torch_dtype" : "dtype";
  if (!config.contains(dtype_key) || config[dtype_key] != dtype) {
    config[dtype_key] = dtype;
    write_file_atomically(to / "config.json", config.dump(2) + "\n");
  } else {
    write_file_atomically(to / "config.json", read_text_file(from / "config.json"));
  }

  const fs::path generation = from / "generation_config.json";
  const bool given = present(generation);
  OrderedJson json = given ? read_object(generation) : OrderedJson::object();
  std::vector<std::int64_t> ids = given ? stop_ids(json, generation) : stop_ids(config, from / "config.json");
  const bool stops = turn_end_id < 0 || std::find(ids.begin(), ids.end(), turn_end_id) != ids.end();
  if (stops && given) {
    write_file_atomically(to / "generation_config.json", read_text_file(generation));
  } else if (!stops) {
    ids.push_back(turn_end_id);
    json["eos_token_id"] = ids;
    write_file_atomically(to / "generation_config.json", json.dump(2) + "\n");
  } else {
    remove_left_over(to / "generation_config.json");
  }
}

}  // namespace hone
