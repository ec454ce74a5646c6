#include "preprocess/reject_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/number_text.hpp"
#include "preprocess/output_names.hpp"

namespace hone {
namespace {

constexpr std::size_t kMostKinds = 100;
constexpr const char* kOtherKinds = "other reasons";

// Without the numbers, such as those of messages and bytes.
std::string kind_of(const std::string& reason) {
  std::string kind;
  for (const char c : reason) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      kind += c;
    } else if (!kind.ends_with('#')) {
      kind += '#';
    }
  }
  return kind;
}

OrderedJson entry_of(const std::string& file, const RejectedLine& line) {
  return {{"file", file}, {"line", line.line}, {"byte", line.byte}, {"reason", line.reason}};
}

// Its first line says whose list a file is; an empty one holds nothing to lose.
bool is_reject_list(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) return false;
  if (std::filesystem::file_size(file) == 0) return true;
  std::string first;
  std::ifstream stream(file, std::ios::binary);
  std::getline(stream, first);
  const OrderedJson found = OrderedJson::parse(first, nullptr, /*allow_exceptions=*/false);
  const OrderedJson own = entry_of("", {});
  if (!found.is_object() || found.size() != own.size()) return false;
  for (const auto& [key, value] : own.items()) {
    if (!found.contains(key) || found[key].type() != value.type()) return false;
  }
  return true;
}

}  // namespace

void require_no_other_file(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file) || is_reject_list(file)) return;
  fail_usage(fmt::format("{} is in the way", file.string()),
             "a run lists bad lines there, and this is no such list",
             "rename it, or choose another --output");
}

void remove_reject_list(const std::filesystem::path& file) {
  if (is_reject_list(file)) std::filesystem::remove(file);
}

RejectLog::RejectLog(std::string what, const std::vector<std::string>& inputs, std::filesystem::path file,
                     std::uint64_t most_named)
    : what_(std::move(what)),
      inputs_(inputs),
      path_(std::move(file)),
      temporary_(path_.empty() ? path_ : new_path(path_)),
      most_named_(most_named) {}

RejectLog::~RejectLog() {
  std::error_code ignored;
  if (file_.is_open()) std::filesystem::remove(temporary_, ignored);
}

void RejectLog::add(const std::vector<RejectedLine>& lines) {
  for (const RejectedLine& line : lines) {
    const std::string text = fmt::format("{}: {}", place_of(inputs_, line), line.reason);
    if (count_++ == 0) first_ = text;
    if (count_ <= most_named_) {
      log::warn("{} {}", what_, text);
    } else {
      const std::string kind = kind_of(line.reason);
      ++unnamed_[unnamed_.size() < kMostKinds || unnamed_.contains(kind) ? kind : kOtherKinds];
    }
    if (path_.empty()) continue;
    if (count_ == 1) file_.open(temporary_, std::ios::binary);
    file_ << lossy_json(entry_of(inputs_[line.file], line)) << "\n";
  }
}

void RejectLog::finish() {
  if (count_ > most_named_) {
    log::warn("... and {} more {}s:", count_text(count_ - most_named_), what_);
    std::vector<std::pair<std::string, std::uint64_t>> kinds(unnamed_.begin(), unnamed_.end());
    std::ranges::stable_sort(kinds, std::greater(), [](const auto& kind) { return kind.second; });
    for (const auto& [kind, count] : kinds) log::warn("  {} {}", count_text(count), kind);
  }
  if (path_.empty()) return;
  if (count_ == 0) {
    remove_reject_list(path_);  // of an earlier run
    remove_reject_list(temporary_);
    return;
  }
  if (!file_.flush())
    fail_run(fmt::format("can't write {}", path_.filename().string()), "", "check free space and quota");
  require_no_other_file(path_);
  file_.close();
  std::filesystem::rename(temporary_, path_);
}

}  // namespace hone
