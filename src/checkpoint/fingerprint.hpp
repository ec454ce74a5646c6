#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// What has to be as it was when a run goes on from a checkpoint, by the name of the flag that sets it.
struct Fingerprint {
  OrderedJson inputs = OrderedJson::object();    // {"data_path": {"folder", "sha256"}, ...}: told by sha256
  OrderedJson settings = OrderedJson::object();  // {"learning_rate": 1e-5, ...}; null is as good as absent
};

OrderedJson to_json(const Fingerprint& fingerprint);
/// Throws Error(kData) naming `where`.
Fingerprint parse_fingerprint(const Json& json, const std::string& where);

struct FingerprintDifference {
  std::string name;
  bool is_input;
  std::string before, now;  // for a message
};

std::vector<FingerprintDifference> differences(const Fingerprint& before, const Fingerprint& now);

/// Refuses every difference whose name is not in `allowed`: Error(kData) for inputs, Error(kUsage) for
/// settings, with both values. Returns what was allowed. Names in `allowed` that nothing has are
/// Error(kUsage).
std::vector<FingerprintDifference> require_unchanged(const Fingerprint& before, const Fingerprint& now,
                                                     std::span<const std::string> allowed,
                                                     const std::string& where);

}  // namespace hone
