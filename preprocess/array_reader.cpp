#include "preprocess/array_reader.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"

namespace hone {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

ArrayReader::ArrayReader(ByteSource& source, std::string name, std::uint64_t first_byte,
                         std::size_t block_bytes)
    : source_(source), name_(std::move(name)), block_bytes_(block_bytes), first_byte_(first_byte) {}

void ArrayReader::fail(const std::string& what) const {
  fail_data(fmt::format("{}:{}: {}", name_, line_, what), "the input begins as one JSON array",
            "mend the file, or write one row a line");
}

bool ArrayReader::next(LineBlock& block) {
  block.text = std::exchange(rest_, {});
  block.elements.clear();
  block.is_array = true;
  while (block.elements.empty()) {
    const std::size_t before = block.text.size();
    block.text.resize(before + block_bytes_);
    const std::size_t got = source_.read_fully(block.text.data() + before, block_bytes_);
    block.text.resize(before + got);
    if (got == 0) {
      if (state_ == State::kBehindArray) return false;
      fail(!open_.empty() || quoted_
               ? fmt::format("the input ends inside the element that begins at line {}", element_.line)
               : "the input ends before its ']'");
    }
    scan(block);
  }
  const std::size_t done = state_ == State::kInsideElement ? element_.begin : scanned_;
  rest_ = block.text.substr(done);
  block.text.resize(block.elements.back().end);
  element_.begin = 0;
  scanned_ -= done;
  first_byte_ += done;
  return true;
}

void ArrayReader::scan(LineBlock& block) {
  for (; scanned_ < block.text.size(); ++scanned_) {
    const char c = block.text[scanned_];
    if (state_ == State::kInsideElement) {
      inside(c, scanned_, block);
    } else if (!is_space(c)) {
      outside(c, scanned_);
      if (state_ == State::kInsideElement) inside(c, scanned_, block);
    }
    if (c == '\n') ++line_;
  }
}

void ArrayReader::outside(char c, std::size_t at) {
  switch (state_) {
    case State::kBeforeArray:
      if (c != '[') fail("'[' is missing");
      state_ = State::kFirstElement;
      return;
    case State::kFirstElement:
      if (c == ']') {
        state_ = State::kBehindArray;
        return;
      }
      [[fallthrough]];
    case State::kElement:
      if (c == ',' || c == ']') fail(fmt::format("an element is missing before '{}'", c));
      state_ = State::kInsideElement;
      element_ = {at, at, line_, first_byte_ + at, element_.line == line_ ? element_.nth + 1 : 0};
      return;
    default: fail("something follows behind the ']' of the array");
  }
}

void ArrayReader::inside(char c, std::size_t at, LineBlock& block) {
  if (quoted_) {
    if (c == '\n') fail("a string has no end");
    if (c == '"' && !escaped_) quoted_ = false;
    escaped_ = c == '\\' && !escaped_;
    return;
  }
  const bool closing = c == ']' || c == '}';
  if (open_.empty() && (c == ',' || closing)) {
    if (c == '}') fail("'}' closes nothing");
    element_.end = at;
    while (is_space(block.text[element_.end - 1])) --element_.end;
    block.elements.push_back(element_);
    state_ = c == ',' ? State::kElement : State::kBehindArray;
  } else if (closing) {
    if (open_.back() != (c == ']' ? '[' : '{'))
      fail(fmt::format("'{}' closes no '{}'", c, c == ']' ? '[' : '{'));
    open_.pop_back();
  } else if (c == '"') {
    quoted_ = true;
  } else if (c == '[' || c == '{') {
    open_ += c;
  }
}

}  // namespace hone
