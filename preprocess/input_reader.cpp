#include "preprocess/input_reader.hpp"

namespace hone {

InputReader::InputReader(const std::string& path, std::uint32_t file, Look look)
    : source_(path, look), file_(file), reader_(LineReader(source_, source_.first_byte())) {
  if (source_.beginning().starts_with('[')) reader_.emplace<ArrayReader>(source_, path, source_.first_byte());
}

bool InputReader::next(LineBlock& block) {
  block.file = file_;
  const bool more = std::visit([&](auto& reader) { return reader.next(block); }, reader_);
  block.file_bytes = source_.file_bytes_read() - told_bytes_;
  told_bytes_ = source_.file_bytes_read();
  return more;
}

}  // namespace hone
