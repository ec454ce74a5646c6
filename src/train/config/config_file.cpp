#include "train/config/config_file.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/error.hpp"

namespace hone {
namespace {

Json parse_without_repeats(const std::string& text, const std::string& flag, const std::string& path) {
  std::vector<std::set<std::string>> open_objects;
  const auto see = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == Json::parse_event_t::object_end) open_objects.pop_back();
    if (event == Json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second)
      fail_usage(fmt::format("{}: '{}' stands twice in {}", flag, parsed.get<std::string>(), path), "",
                 "give it once");
    return true;
  };
  return Json::parse(text, see);
}

}  // namespace

Json read_config_json(const std::string& flag, const std::string& path) {
  Json json;
  try {
    static_cast<void>(read_json_file(path));  // says where a file is not JSON
    json = parse_without_repeats(read_text_file(path), flag, path);
  } catch (const Error& error) {
    if (error.code() == ExitCode::kUsage) throw;
    fail_usage(fmt::format("{}: {}", flag, error.what()), "", "");
  }
  if (!json.is_object()) fail_usage(fmt::format("{}: {} must hold one JSON object", flag, path), "", "");
  return json;
}

}  // namespace hone
