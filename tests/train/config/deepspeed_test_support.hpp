#pragma once

#include <string>

#include "config_test_support.hpp"
#include "train/config/deepspeed.hpp"

namespace hone::testing {

inline const std::string kStage2 = std::string(HONE_SOURCE_DIR) + "/configs/ds_config_zero2.json";
inline const std::string kStage3 = std::string(HONE_SOURCE_DIR) + "/configs/ds_config_zero3.json";

inline std::string refusal_in(const char* json) {
  return usage_error([&] { read_deepspeed(Json::parse(json), "ds.json"); });
}

using DeepSpeedFile = ConfigFiles;

}  // namespace hone::testing
