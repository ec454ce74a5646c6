#include "preprocess/tokenizer/char_class.hpp"

#include <algorithm>
#include <vector>

namespace hone {
namespace {

struct CharRange {
  std::uint32_t first, last;
};

#include "preprocess/tokenizer/char_ranges.inc"

// Unicode's White_Space.
constexpr CharRange kSpaces[] = {{0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},
                                 {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                                 {0x205F, 0x205F}, {0x3000, 0x3000}};

constexpr std::size_t kCodePoints = 0x110000;

std::vector<CharClass> make_classes() {
  std::vector<CharClass> classes(kCodePoints, CharClass::kOther);
  const auto set = [&](const auto& ranges, CharClass value) {
    for (const auto& [first, last] : ranges) std::fill(&classes[first], &classes[last] + 1, value);
  };
  set(kLetters, CharClass::kLetter);
  set(kNumbers, CharClass::kNumber);
  set(kSpaces, CharClass::kSpace);
  classes['\r'] = classes['\n'] = CharClass::kNewline;
  return classes;
}

}  // namespace

const CharClass* char_classes() {
  static const std::vector<CharClass> kClasses = make_classes();
  return kClasses.data();
}

}  // namespace hone
