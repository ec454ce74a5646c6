#include "checkpoint/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace hone {
namespace {

constexpr std::size_t kShownDigits = 12;  // of a SHA-256

OrderedJson entry(const OrderedJson& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? OrderedJson(nullptr) : *found;
}

std::string show_setting(const OrderedJson& value) {
  if (value.is_null()) return "not set";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string digest_of(const OrderedJson& input) { return input.is_object() ? input.value("sha256", "") : ""; }

std::string show_input(const OrderedJson& input) {
  if (!input.is_object()) return "not set";
  return fmt::format("{} of SHA-256 {}...", input.value("folder", ""),
                     digest_of(input).substr(0, kShownDigits));
}

// Every name of either object, in order.
std::vector<std::string> names_of(const OrderedJson& before, const OrderedJson& now) {
  std::vector<std::string> names;
  for (const auto& item : now.items()) names.push_back(item.key());
  for (const auto& item : before.items()) {
    if (!now.contains(item.key())) names.push_back(item.key());
  }
  return names;
}

void require_known(const Fingerprint& before, const Fingerprint& now, std::span<const std::string> allowed) {
  std::vector<std::string> known = names_of(before.inputs, now.inputs);
  for (std::string& name : names_of(before.settings, now.settings)) known.push_back(std::move(name));
  for (const std::string& name : allowed) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = suggestion(name, known);
    fail_usage(fmt::format("--allow_changed {} names nothing that resuming checks", name), "",
               near.empty() ? fmt::format("choose from {}", fmt::join(known, ", ")) : near);
  }
}

}  // namespace

OrderedJson to_json(const Fingerprint& fingerprint) {
  return {{"inputs", fingerprint.inputs}, {"settings", fingerprint.settings}};
}

Fingerprint parse_fingerprint(const Json& json, const std::string& where) {
  Fingerprint fingerprint;
  for (const auto& [key, part] :
       {std::pair{"inputs", &fingerprint.inputs}, {"settings", &fingerprint.settings}}) {
    const Json value = json_field<Json>(json, key, where);
    if (!value.is_object())
      fail_data(fmt::format("{}: '{}' is not an object", where, key), "", "check the file");
    *part = OrderedJson::parse(value.dump());
  }
  return fingerprint;
}

std::vector<FingerprintDifference> differences(const Fingerprint& before, const Fingerprint& now) {
  std::vector<FingerprintDifference> result;
  for (const std::string& name : names_of(before.inputs, now.inputs)) {
    const OrderedJson old = entry(before.inputs, name), current = entry(now.inputs, name);
    if (digest_of(old) != digest_of(current))
      result.push_back({name, true, show_input(old), show_input(current)});
  }
  for (const std::string& name : names_of(before.settings, now.settings)) {
    const OrderedJson old = entry(before.settings, name), current = entry(now.settings, name);
    if (old != current) result.push_back({name, false, show_setting(old), show_setting(current)});
  }
  return result;
}

std::vector<FingerprintDifference> require_unchanged(const Fingerprint& before, const Fingerprint& now,
                                                     std::span<const std::string> allowed,
                                                     const std::string& where) {
  require_known(before, now, allowed);
  std::vector<FingerprintDifference> accepted;
  std::vector<std::string> refused, names;
  ExitCode code = ExitCode::kUsage;
  for (FingerprintDifference& difference : differences(before, now)) {
    if (std::find(allowed.begin(), allowed.end(), difference.name) != allowed.end()) {
      accepted.push_back(std::move(difference));
      continue;
    }
    refused.push_back(fmt::format("{}: {} then, {} now", difference.name, difference.before, difference.now));
    names.push_back(difference.name);
    if (difference.is_input) code = ExitCode::kData;
  }
  if (!refused.empty()) {
    throw Error(code, fmt::format("{} belongs to a run that differs from this one", where),
                fmt::format("{}", fmt::join(refused, "; ")),
                fmt::format("go back to what it was, say --allow_changed {}, or choose another --output_dir",
                            fmt::join(names, ",")));
  }
  return accepted;
}

}  // namespace hone
