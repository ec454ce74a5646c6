#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "preprocess/rejected_line.hpp"

namespace hone {

/// Names refused lines on stderr as they come, and lists them in a file where one is given. Keeps only the
/// first and how many there are of each kind, so that a file of nothing but bad lines costs no memory.
class RejectLog {
 public:
  /// `what` names the kind of line in messages; beyond `most_named` lines are counted by reason on stderr.
  /// `file` lists all; it gets that name in finish(), or is taken away there where no line came.
  RejectLog(std::string what, const std::vector<std::string>& inputs, std::filesystem::path file,
            std::uint64_t most_named);
  /// Takes away what has no name yet: a list that ends early would look whole.
  ~RejectLog();
  RejectLog(const RejectLog&) = delete;
  RejectLog& operator=(const RejectLog&) = delete;

  void add(const std::vector<RejectedLine>& lines);
  /// Throws Error(kRun) when the file can't be written.
  void finish();

  std::uint64_t count() const { return count_; }
  /// "FILE:LINE (byte B): REASON" of the first; "" when there is none.
  const std::string& first() const { return first_; }

 private:
  std::string what_;
  const std::vector<std::string>& inputs_;
  std::filesystem::path path_, temporary_;
  std::ofstream file_;
  std::uint64_t most_named_, count_ = 0;
  std::string first_;
  std::map<std::string, std::uint64_t> unnamed_;  // by kind of reason
};

/// Throws Error(kUsage) where `file` is there and is no list that a RejectLog made, told by its first line: a
/// run would replace it.
void require_no_other_file(const std::filesystem::path& file);

/// Removes the list that a RejectLog made under that name, if there is one.
void remove_reject_list(const std::filesystem::path& file);

}  // namespace hone
