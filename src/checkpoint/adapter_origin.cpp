#include "checkpoint/adapter_origin.hpp"

#include <fmt/format.h>

#include <charconv>

#include "adapter/four_bit_name.hpp"
#include "base/error.hpp"
#include "checkpoint/model_fingerprint.hpp"

namespace hone {
namespace {

constexpr const char* kFingerprint = "hone_base_fingerprint";
constexpr const char* kQuantisation = "hone_base_quantization";
constexpr const char* kTurnEnd = "hone_turn_end_id";
constexpr const char* kNone = "none";

using Texts = std::map<std::string, std::string>;

const std::string& text_of(const Texts& metadata, const char* key, const std::string& where) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    fail_data(fmt::format("{} records no {}", where, key), "it does record other facts of its base",
              "copy the adapter again");
  }
  return found->second;
}

[[noreturn]] void refuse(const Texts& metadata, const char* key, const std::string& where) {
  fail_data(fmt::format("{}: {} is '{}'", where, key, metadata.at(key)), "this program knows no such value",
            "use the version of Hone that wrote it");
}

}  // namespace

Texts to_metadata(const AdapterOrigin& origin) {
  return {{kFingerprint, origin.base_fingerprint},
          {kQuantisation, origin.quantised ? four_bit_name(*origin.quantised) : kNone},
          {kTurnEnd, std::to_string(origin.turn_end_id)}};
}

std::optional<AdapterOrigin> parse_adapter_origin(const Texts& metadata, const std::string& where) {
  if (!metadata.contains(kFingerprint)) return std::nullopt;
  AdapterOrigin origin;
  origin.base_fingerprint = metadata.at(kFingerprint);
  const std::string& quantisation = text_of(metadata, kQuantisation, where);
  for (const FourBitType type : {FourBitType::kNf4, FourBitType::kFp4}) {
    if (quantisation == four_bit_name(type)) origin.quantised = type;
  }
  if (!origin.quantised && quantisation != kNone) refuse(metadata, kQuantisation, where);
  const std::string& id = text_of(metadata, kTurnEnd, where);
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), origin.turn_end_id);
  if (error != std::errc() || end != id.data() + id.size()) refuse(metadata, kTurnEnd, where);
  return origin;
}

void require_same_base(const std::string& recorded, const std::string& found,
                       const std::filesystem::path& trained, const std::filesystem::path& base,
                       const std::string& remedy) {
  if (found == recorded) return;
  if (!is_model_fingerprint(recorded)) {
    fail_data(fmt::format("{} records its base in a form that this program does not know", trained.string()),
              fmt::format("'{:.12}'", recorded), remedy);
  }
  fail_data(fmt::format("{} was trained over another base model than {}", trained.string(), base.string()),
            fmt::format("fingerprint {:.12} against {:.12}", recorded, found), remedy);
}

}  // namespace hone
