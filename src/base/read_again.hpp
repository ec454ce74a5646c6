#pragma once

#include "base/error.hpp"

namespace hone {

/// What `read` returns, which does nothing but read files that this program has read or written before. An
/// Error is one of kRunTimeFailure: what keeps the files from being read now may pass, and they hold nothing
/// wrong.
template <typename Read>
auto read_again(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(ExitCode::kRunTimeFailure, error.what(), "", "");
  }
}

}  // namespace hone
