#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace hone::jinja {

/// Both from 1; columns count characters.
struct Position {
  std::uint32_t line = 1, column = 1;
};

/// Why an operation fails, before the place is known.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The same for a rendering that takes more than its share: no fault of one conversation alone.
struct LimitFault : Fault {
  using Fault::Fault;
};

/// What a template says that isn't understood, or does that fails, and where.
class TemplateError : public std::runtime_error {
 public:
  enum class Kind {
    kSyntax,   // the template is not understood
    kRefusal,  // this conversation can't be rendered with it
    kLimit,    // it takes too many steps, too much memory or too deep a nesting
  };

  TemplateError(Kind kind, Position at, const std::string& what)
      : std::runtime_error(what), kind_(kind), at_(at) {}
  Kind kind() const { return kind_; }
  Position at() const { return at_; }
  /// "WHAT (line 3, column 14 of the template)"
  std::string with_place() const {
    return std::string(what()) + " (line " + std::to_string(at_.line) + ", column " +
           std::to_string(at_.column) + " of the template)";
  }

 private:
  Kind kind_;
  Position at_;
};

}  // namespace hone::jinja
