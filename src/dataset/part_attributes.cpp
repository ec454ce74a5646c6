#include "dataset/part_attributes.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace hone {
namespace {

std::vector<std::pair<const char*, std::uint64_t>> numbers_of(const Manifest& manifest) {
  return {{"format_version", kDatasetFormatVersion}, {"model_max_length", manifest.model_max_length}};
}

std::vector<std::pair<const char*, std::string>> texts_of(const Manifest& manifest) {
  return {{"tool_version", manifest.tool_version},
          {"tokenizer_sha256", manifest.tokenizer_sha256},
          {"template_name", manifest.chat_template.name},
          {"template_sha256", manifest.chat_template.sha256},
          {"loss", manifest.loss}};
}

template <typename Value>
void require_same(const std::filesystem::path& path, const char* name, const Value& found,
                  const Value& recorded) {
  if (found == recorded) return;
  fail_data(fmt::format("{} comes from another run than its manifest", path.string()),
            fmt::format("its {} is '{}', the manifest says '{}'", name, found, recorded),
            "copy the whole dataset folder, or make it again with hone-preprocess");
}

}  // namespace

void write_part_attributes(const hdf5::File& part, const Manifest& manifest) {
  for (const auto& [name, value] : numbers_of(manifest)) hdf5::write_attribute(part, name, value);
  for (const auto& [name, value] : texts_of(manifest)) hdf5::write_attribute(part, name, value);
}

void require_part_attributes(const hdf5::File& part, const Manifest& manifest,
                             const std::filesystem::path& path) {
  for (const auto& [name, value] : numbers_of(manifest))
    require_same(path, name, hdf5::read_attribute(part, name, path), value);
  for (const auto& [name, value] : texts_of(manifest))
    require_same(path, name, hdf5::read_text_attribute(part, name, path), value);
}

}  // namespace hone
