#pragma once

#include <memory>
#include <string>

#include "preprocess/sources/byte_source.hpp"

namespace hone {

/// What a zstd file of one or more frames holds. A frame may look back 128 MiB (zstd --long=27) and no more.
class ZstdSource : public ByteSource {
 public:
  /// `packed` must outlive it; `name` is the file's in messages.
  ZstdSource(ByteSource& packed, std::string name);
  ~ZstdSource() override;

  std::size_t read(char* bytes, std::size_t most) override;

 private:
  struct Decoder;

  ByteSource& packed_;
  std::string name_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace hone
