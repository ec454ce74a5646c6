#include "preprocess/rejected_line.hpp"

#include <fmt/format.h>

namespace hone {

std::string place_of(const std::vector<std::string>& inputs, const RejectedLine& line) {
  return fmt::format("{}:{} (byte {})", inputs[line.file], line.line, line.byte);
}

}  // namespace hone
