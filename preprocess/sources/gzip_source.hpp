#pragma once

#include <memory>
#include <string>

#include "preprocess/sources/byte_source.hpp"

namespace hone {

/// What a gzip file of one or more members holds. Zero bytes behind the last member are passed over, as gzip
/// does.
class GzipSource : public ByteSource {
 public:
  /// `packed` must outlive it; `name` is the file's in messages.
  GzipSource(ByteSource& packed, std::string name);
  ~GzipSource() override;

  std::size_t read(char* bytes, std::size_t most) override;

 private:
  struct Inflater;
  bool refill();
  bool enter_member();

  ByteSource& packed_;
  std::string name_;
  std::unique_ptr<Inflater> inflater_;
  std::unique_ptr<char[]> buffer_;
  bool inside_ = false;  // a member
};

}  // namespace hone
