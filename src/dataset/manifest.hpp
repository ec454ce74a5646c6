#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hone {

inline constexpr std::uint64_t kDatasetFormatVersion = 1;

/// What manifest.json says about a dataset. It is written last: a folder with a manifest is complete.
struct Manifest {
  struct Template {
    std::string name;    // qwen_sft, chatml, qwen3, jinja, none, or that of a template file
    std::string sha256;  // of the model folder's chat template; "" where the rendering doesn't depend on it
    // In front of conversations without a system turn; "" is an empty system turn, nothing is none.
    std::optional<std::string> system_prompt;
    std::int64_t turn_end_id = -1;
  };
  struct Input {
    std::string path;  // as given; "-" is standard input
    std::uint64_t size = 0;
    std::string sha256;
    std::string format = "messages";
    double weight = 1;  // how often its rows were taken, on average
  };
  struct Part {
    std::string file;
    std::uint64_t rows = 0, tokens = 0, targets = 0;
    std::uint64_t bytes = 0;
    std::string sha256;  // of the file
    std::string
        content_sha256;  // of the rows (ContentDigest), also an attribute of the file: ties a part to its run
  };
  struct Counts {
    std::uint64_t rows = 0, tokens = 0, targets = 0, truncated = 0, empty_answers = 0;
    std::map<std::string, std::uint64_t> dropped;  // by reason
  };

  std::string tool_version;
  std::string tokenizer_sha256;  // of tokenizer.json
  Template chat_template;
  std::string loss;               // assistant, all, last
  std::string thinking = "keep";  // keep, strip, split
  std::uint64_t model_max_length = 0;
  std::uint64_t max_id = 0;  // largest id in the data
  Counts counts;
  std::vector<Input> inputs;
  std::vector<Part> parts;
};

/// Writes FOLDER/manifest.json atomically. Throws Error(kRunTimeFailure).
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

/// Where a dataset lies for the moment between two renames in which another one takes its name.
std::filesystem::path replaced_path(const std::filesystem::path& folder);

/// Throws Error(kData) when the folder has none, or one of another format version or with fields missing.
Manifest read_manifest(const std::filesystem::path& folder);

}  // namespace hone
