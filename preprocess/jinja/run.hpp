#pragma once

#include <cstdint>
#include <ctime>
#include <string_view>
#include <vector>

#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/scope.hpp"
#include "preprocess/jinja/text.hpp"

namespace hone::jinja {

/// What one rendering may take, so that no template can hang a run.
struct Limits {
  std::uint64_t steps = 20'000'000;                // nodes evaluated, values gone through, text moved
  std::size_t text_bytes = std::size_t{64} << 20;  // of any one string, the output included
  int depth = 500;                                 // macros and expressions inside one another
};

/// Bytes [begin, end) of the output that a `{% generation %}` block wrote.
struct Generation {
  std::size_t begin, end;
};

/// The state of one rendering.
class Run {
 public:
  Run(const Limits& limits, const std::tm& time) : now(time), limits_(limits) {}

  /// Throws LimitFault when the steps are used up.
  void spend(std::uint64_t steps) {
    steps_ += steps;
    if (steps_ > limits_.steps) throw LimitFault("the template takes too many steps");
  }
  /// Throws LimitFault for a string of more bytes than any may have.
  void allow_text(std::size_t bytes) const {
    if (bytes > limits_.text_bytes) throw LimitFault("the template makes too long a text");
  }
  /// Both, for a string that is about to be made or read through.
  void spend_text(std::size_t bytes) {
    allow_text(bytes);
    spend(1 + bytes / 64);
  }
  void write(const Text& text) { append(*out, text); }
  void append(Text& to, const Text& text) {
    allow_text(to.size() + text.size());
    spend(1 + text.size() / 64 + text.data().size());
    to.append(text);
  }
  void append(Text& to, std::string_view own) {
    allow_text(to.size() + own.size());
    spend(own.size() / 64);
    to.append(own);
  }

  /// One level deeper for as long as it lives.
  class Deeper {
   public:
    explicit Deeper(Run& run) : run_(run) {
      if (++run_.depth_ > run_.limits_.depth) {
        --run_.depth_;
        throw LimitFault("the template nests too deeply");
      }
    }
    ~Deeper() { --run_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Run& run_;
  };

  Position at;  // of what runs, for messages
  ScopePtr scope;
  Text* out = nullptr;
  bool captured = false;  // `out` is not the output itself
  std::vector<Generation> generations;
  const std::tm now;
  bool told_time = false;  // strftime_now was called

 private:
  Limits limits_;
  std::uint64_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace hone::jinja
