#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hone {

/// Which rows of a joined weight one adapter adds to.
struct LoraTarget {
  std::int64_t first_row;
  std::int64_t rows;
};

/// What layers need to know of LoRA (Hu et al. 2021), y = x W^T + scaling dropout(x) A^T B^T; its weights
/// come under the keys KEY_lora_A (adapters * rank, in) and KEY_lora_B (rows of all targets, rank).
struct LoraMaths {
  std::int64_t rank = 0;
  double scaling = 0;
  double dropout = 0;  // probability
  std::map<std::string, std::vector<LoraTarget>>
      targets;  // by the key of the joined weight, in the order of its parts
};

}  // namespace hone
