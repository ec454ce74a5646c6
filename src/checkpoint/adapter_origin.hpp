#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "adapter/four_bit_table.hpp"

namespace hone {

/// What an adapter was trained over, as far as PEFT's adapter_config.json has no key for it. Hone keeps it in
/// the metadata of adapter_model.safetensors, which PEFT passes over.
struct AdapterOrigin {
  std::string base_fingerprint;          // model_fingerprint() of the base's folder
  std::optional<FourBitType> quantised;  // what Q-LoRA kept the base's blocks in
  std::int64_t turn_end_id = -1;         // what ends a turn in the training data; -1: unknown
};

std::map<std::string, std::string> to_metadata(const AdapterOrigin& origin);

/// Nothing for an adapter that another program wrote. Throws Error(kData) naming `where` for texts that say
/// nothing this program knows.
std::optional<AdapterOrigin> parse_adapter_origin(const std::map<std::string, std::string>& metadata,
                                                  const std::string& where);

/// Refuses the base of fingerprint `found` when that is not the one recorded for `trained`, an adapter or
/// checkpoint. Throws Error(kData) with `remedy`.
void require_same_base(const std::string& recorded, const std::string& found,
                       const std::filesystem::path& trained, const std::filesystem::path& base,
                       const std::string& remedy);

}  // namespace hone
