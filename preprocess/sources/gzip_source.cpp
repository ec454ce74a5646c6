#include "preprocess/sources/gzip_source.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib's way to say it

}  // namespace

struct GzipSource::Inflater {
  Inflater() {
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) fail_run("zlib can't be started", "", "free some memory");
  }
  ~Inflater() { inflateEnd(&stream); }
  z_stream stream{};
};

GzipSource::GzipSource(ByteSource& packed, std::string name)
    : packed_(packed),
      name_(std::move(name)),
      inflater_(std::make_unique<Inflater>()),
      buffer_(std::make_unique<char[]>(kBufferBytes)) {}

GzipSource::~GzipSource() = default;

// False at the end of the file.
bool GzipSource::refill() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in > 0) return true;
  stream.avail_in = static_cast<uInt>(packed_.read(buffer_.get(), kBufferBytes));
  stream.next_in = reinterpret_cast<Bytef*>(buffer_.get());
  return stream.avail_in > 0;
}

// False where no further member follows.
bool GzipSource::enter_member() {
  z_stream& stream = inflater_->stream;
  while (refill()) {
    const Bytef* const end = stream.next_in + stream.avail_in;
    const Bytef* const next =
        std::find_if(static_cast<const Bytef*>(stream.next_in), end, [](Bytef byte) { return byte != 0; });
    stream.avail_in = static_cast<uInt>(end - next);
    stream.next_in = const_cast<Bytef*>(next);
    if (stream.avail_in == 0) continue;
    inflateReset(&stream);
    inside_ = true;
    return true;
  }
  return false;
}

std::size_t GzipSource::read(char* bytes, std::size_t most) {
  z_stream& stream = inflater_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(bytes);
  stream.avail_out = static_cast<uInt>(std::min<std::size_t>(most, std::numeric_limits<uInt>::max()));
  const uInt room = stream.avail_out;
  while (stream.avail_out == room) {
    if (!inside_ && !enter_member()) return 0;
    if (!refill()) {
      fail_data(fmt::format("--input {} is cut short", name_), "its gzip stream has no end",
                "fetch or make the file again");
    }
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      inside_ = false;
    } else if (status != Z_OK) {
      fail_data(fmt::format("--input {} is damaged", name_),
                fmt::format("gzip: {}", stream.msg != nullptr ? stream.msg : "unexpected bytes"),
                "fetch or make the file again");
    }
  }
  return room - stream.avail_out;
}

}  // namespace hone
