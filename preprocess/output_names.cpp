#include "preprocess/output_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/output_name.hpp"
#include "dataset/manifest.hpp"
#include "preprocess/template_program.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

// What a run with this output replaces or removes.
std::vector<fs::path> names_of(const fs::path& output) {
  if (output.empty()) return {};
  const fs::path folder = canonical_path(named_folder(output));
  return {folder, work_path(folder), new_path(folder), replaced_path(folder)};
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

void require_outside(const std::vector<fs::path>& names, const char* flag, const std::string& read) {
  const fs::path path = canonical_path(read);
  for (const fs::path& name : names) {
    if (!is_within(path, name)) continue;
    fail_usage(fmt::format("--{} {} can't be read where the output goes", flag, read),
               fmt::format("the run replaces or removes {}", name.string()),
               "move it away from there, or choose another output folder");
  }
}

}  // namespace

fs::path new_path(const fs::path& output) { return beside(output, ".hone-new"); }
fs::path rejected_path(const fs::path& output) { return beside(output, ".rejected.jsonl"); }

void require_names_fit(const PreprocessOptions& options) {
  const fs::path output = options.output, eval = options.eval_output;
  for (const fs::path& made : {work_path(output), new_path(output), replaced_path(named_folder(output)),
                               new_path(rejected_path(output))})
    require_name_fits(made, output, "--output");
  for (const fs::path& made : {work_path(eval), new_path(eval), replaced_path(named_folder(eval))})
    require_name_fits(made, eval, "--eval_output");
}

void require_apart(const PreprocessOptions& options) {
  std::vector<fs::path> names = names_of(options.output);
  const std::vector<fs::path> eval = names_of(options.eval_output);
  for (const fs::path& one : names) {
    for (const fs::path& other : eval) {
      if (!is_within(one, other) && !is_within(other, one)) continue;
      fail_usage(fmt::format("--eval_output {} and --output {} overlap", options.eval_output, options.output),
                 one == other ? "they are one folder" : "each is made and replaced as a whole",
                 "name folders that lie beside each other");
    }
  }
  names.insert(names.end(), eval.begin(), eval.end());
  if (!options.output.empty()) names.push_back(canonical_path(rejected_path(options.output)));
  for (const std::string& input : options.inputs) {
    if (input != "-") require_outside(names, "input", input);
  }
  if (!options.tokenizer.empty()) require_outside(names, "tokenizer", options.tokenizer);
  if (is_template_file(options.chat_template)) require_outside(names, "template", options.chat_template);
}

}  // namespace hone
