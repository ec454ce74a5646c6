#include "preprocess/reject_log.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace hone {

RejectLog::RejectLog(std::string what, const std::vector<std::string>& inputs, std::filesystem::path file,
                     std::uint64_t most_named)
    : what_(std::move(what)), inputs_(inputs), path_(std::move(file)), most_named_(most_named) {}

void RejectLog::add(const std::vector<RejectedLine>& lines) {
  for (const RejectedLine& line : lines) {
    const std::string text = fmt::format("{}: {}", place_of(inputs_, line), line.reason);
    if (count_++ == 0) first_ = text;
    if (count_ <= most_named_) log::warn("{} {}", what_, text);
    if (path_.empty()) continue;
    if (count_ == 1) file_.open(path_);
    const OrderedJson entry{
        {"file", inputs_[line.file]}, {"line", line.line}, {"byte", line.byte}, {"reason", line.reason}};
    file_ << entry.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
  }
}

void RejectLog::finish() {
  if (count_ > most_named_) log::warn("... and {} more {}s", count_ - most_named_, what_);
  if (!path_.empty() && count_ > 0 && !file_.flush()) {
    fail_run(fmt::format("can't write {}", path_.filename().string()), "", "check free space and quota");
  }
}

std::string place_of(const std::vector<std::string>& inputs, const RejectedLine& line) {
  return fmt::format("{}:{} (byte {})", inputs[line.file], line.line, line.byte);
}

}  // namespace hone
