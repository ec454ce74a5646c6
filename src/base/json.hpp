#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace hone {

using Json = nlohmann::json;
/// Keeps the order of keys as written; for files that people read.
using OrderedJson = nlohmann::ordered_json;

/// The whole file as text. Throws Error(kData) naming the file.
std::string read_text_file(const std::filesystem::path& path);

/// Parses a JSON file. Throws Error(kData) naming file, line and reason.
Json read_json_file(const std::filesystem::path& path);
/// The same with the keys in the file's order.
OrderedJson read_ordered_json_file(const std::filesystem::path& path);

/// JSON on one line, with U+FFFD for the bytes of its strings that are no UTF-8.
std::string lossy_json(const OrderedJson& json);

/// `object.at(key)` as T. Throws Error(kData) naming `where`, the key and the type wanted.
template <typename T>
T json_field(const Json& object, const std::string& key, const std::string& where);

}  // namespace hone

#include "base/json_field.inl"
