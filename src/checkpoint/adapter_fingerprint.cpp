#include "checkpoint/adapter_fingerprint.hpp"

#include "base/sha256.hpp"
#include "checkpoint/adapter_config.hpp"
#include "checkpoint/adapter_writer.hpp"

namespace hone {

std::string adapter_fingerprint(const std::filesystem::path& folder) {
  return sha256_of(sha256_of_file(folder / kAdapterConfig) + sha256_of_file(folder / kAdapterWeights));
}

}  // namespace hone
