#include "preprocess/sources/zstd_source.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <utility>
#include <vector>

#include "base/error.hpp"

namespace hone {

struct ZstdSource::Decoder {
  Decoder() : stream(ZSTD_createDStream()), buffer(ZSTD_DStreamInSize()) {
    if (stream == nullptr) fail_run("zstd can't be started", "", "free some memory");
  }
  ~Decoder() { ZSTD_freeDStream(stream); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  ZSTD_DStream* stream;
  std::vector<char> buffer;
  ZSTD_inBuffer input{nullptr, 0, 0};
  std::size_t left = 0;  // 0 between frames
};

ZstdSource::ZstdSource(ByteSource& packed, std::string name)
    : packed_(packed), name_(std::move(name)), decoder_(std::make_unique<Decoder>()) {}

ZstdSource::~ZstdSource() = default;

std::size_t ZstdSource::read(char* bytes, std::size_t most) {
  ZSTD_outBuffer output{bytes, most, 0};
  while (output.pos == 0) {
    ZSTD_inBuffer& input = decoder_->input;
    if (input.pos == input.size) {
      input = {decoder_->buffer.data(), packed_.read(decoder_->buffer.data(), decoder_->buffer.size()), 0};
    }
    // What is left of a frame at the end of the file may still be inside the decoder.
    const bool ended = input.size == 0;
    if (ended && decoder_->left == 0) return 0;
    decoder_->left = ZSTD_decompressStream(decoder_->stream, &output, &input);
    if (ZSTD_isError(decoder_->left) != 0) {
      fail_data(fmt::format("--input {} is damaged", name_),
                fmt::format("zstd: {}", ZSTD_getErrorName(decoder_->left)), "fetch or make the file again");
    }
    if (ended && output.pos == 0 && decoder_->left != 0) {
      fail_data(fmt::format("--input {} is cut short", name_), "its zstd stream has no end",
                "fetch or make the file again");
    }
  }
  return output.pos;
}

}  // namespace hone
