#include "adapter/lora_targets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "base/text.hpp"

namespace hone {
namespace {

constexpr const char* kFirstBlock = "model.layers.0.";

/// Linear layers of a block, by their path inside it ("self_attn.q_proj").
std::vector<std::string> linear_paths(const std::vector<UnitSpec>& base) {
  std::vector<std::string> paths;
  for (const WeightSpec& weight : first_block(base).weights) {
    if (!is_matrix(weight)) continue;
    for (const WeightPart& part : weight.parts) {
      paths.push_back(module_path(part.name).substr(std::string(kFirstBlock).size()));
    }
  }
  return paths;
}

/// PEFT writes the full paths of few layers. A path that is there for every block is the same as its name.
std::vector<std::string> without_block_numbers(const std::vector<UnitSpec>& base,
                                               const std::vector<std::string>& given,
                                               const LoraPlace& place) {
  static const std::regex kInBlock(R"((?:.*\.)?layers\.(\d+)\.(.+))");
  std::vector<std::string> names;
  std::map<std::string, std::set<std::string>> blocks;  // by path inside them
  for (const std::string& name : given) {
    std::smatch found;
    if (std::regex_match(name, found, kInBlock)) {
      blocks[found[2]].insert(found[1]);
    } else {
      names.push_back(name);
    }
  }
  const auto all = static_cast<std::size_t>(std::count_if(base.begin(), base.end(), is_block));
  for (const auto& [path, numbers] : blocks) {
    if (numbers.size() < all) {
      throw Error(
          place.code,
          fmt::format("{}: {} is named in {} of {} blocks", place.target_modules, path, numbers.size(), all),
          "Hone adapts a layer in every block or in none", "name it in all of them");
    }
    names.push_back(path);
  }
  return names;
}

}  // namespace

LoraPlace lora_place(const std::filesystem::path& adapter_folder) {
  const std::string file = (adapter_folder / "adapter_config.json").string();
  return {ExitCode::kData, file + ": target_modules", file + ": bias", file + ": modules_to_save"};
}

std::string module_path(const std::string& parameter) { return parameter.substr(0, parameter.rfind('.')); }

std::string module_name(const std::string& parameter) {
  const std::string path = module_path(parameter);
  return path.substr(path.rfind('.') + 1);
}

std::vector<std::string> resolve_target_modules(const std::vector<UnitSpec>& base,
                                                const std::vector<std::string>& asked,
                                                const LoraPlace& place) {
  const std::vector<std::string> paths = linear_paths(base);
  const std::vector<std::string> given = without_block_numbers(base, asked, place);
  const bool all = given == std::vector<std::string>{"all-linear"};
  for (const std::string& name : given) {
    const auto matches = [&](const std::string& path) { return path == name || path.ends_with("." + name); };
    if (all || std::any_of(paths.begin(), paths.end(), matches)) continue;
    std::vector<std::string> choices;
    choices.reserve(paths.size());
    for (const std::string& path : paths) choices.push_back(path.substr(path.rfind('.') + 1));
    throw Error(place.code,
                fmt::format("{}: no linear layer of the blocks is named '{}'", place.target_modules, name),
                suggestion(name, choices),
                fmt::format("choose from {}, or all-linear", fmt::join(choices, ", ")));
  }
  std::vector<std::string> resolved;
  for (const std::string& path : paths) {
    const bool named = std::any_of(given.begin(), given.end(), [&](const std::string& name) {
      return path == name || path.ends_with("." + name);
    });
    if (all || named) resolved.push_back(path.substr(path.rfind('.') + 1));
  }
  if (resolved.empty())
    throw Error(place.code, place.target_modules + " is empty", "", "name linear layers, or all-linear");
  return resolved;
}

}  // namespace hone
