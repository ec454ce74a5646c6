#include <algorithm>
#include <utility>

#include "preprocess/jinja/parser.hpp"

namespace hone::jinja {
namespace {

constexpr int kDeepestBlock = 60;

}  // namespace

Body StatementParser::whole() {
  Body result = body({});
  if (tokens_.look().kind != Token::Kind::kEnd) tokens_.fail("this block ends nothing");
  return result;
}

Body StatementParser::body(std::initializer_list<std::string_view> ends) {
  if (++depth_ > kDeepestBlock) tokens_.fail("too deep a nesting of blocks");
  Body result;
  while (true) {
    const Token token = tokens_.look();
    switch (token.kind) {
      case Token::Kind::kData:
        tokens_.take();
        result.push_back(std::make_unique<Data>(token.at, token.text));
        continue;
      case Token::Kind::kOutputBegin: {
        tokens_.take();
        ExpressionPtr value = expressions_.tuple();
        tokens_.expect(Token::Kind::kOutputEnd, "the end of the output");
        result.push_back(std::make_unique<Output>(token.at, std::move(value)));
        continue;
      }
      case Token::Kind::kBlockBegin: {
        const Token& name = tokens_.look(1);
        if (name.kind == Token::Kind::kName && std::find(ends.begin(), ends.end(), name.text) != ends.end()) {
          tokens_.take();
          --depth_;
          return result;
        }
        tokens_.take();
        result.push_back(block());
        continue;
      }
      default: break;
    }
    if (ends.size() > 0) tokens_.fail("'" + std::string(*(ends.end() - 1)) + "' is missing");
    --depth_;
    return result;
  }
}

StatementPtr StatementParser::block() {
  if (tokens_.look().kind != Token::Kind::kName) tokens_.fail("a block without a name");
  const Token name = tokens_.take();
  if (name.text == "if") return if_block(name.at);
  if (name.text == "for") return for_block(name.at);
  if (name.text == "set") return set_block(name.at);
  if (name.text == "macro") return macro_block(name.at);
  if (name.text == "generation") return generation_block(name.at);
  if (name.text == "break" || name.text == "continue") {
    if (loops_ == 0) TokenStream::fail(name.at, "'" + name.text + "' outside a loop");
    end_of_block();
    return std::make_unique<Jump>(name.at, name.text == "break" ? Flow::kBreak : Flow::kContinue);
  }
  refuse(name);
}

void StatementParser::refuse(const Token& name) const {
  const bool ends = name.text.starts_with("end") || name.text == "else" || name.text == "elif";
  TokenStream::fail(name.at, "'" + name.text + "' " + (ends ? "ends nothing" : "is not supported"));
}

StatementPtr StatementParser::if_block(Position at) {
  std::vector<If::Branch> branches;
  while (true) {
    ExpressionPtr condition = expressions_.tuple(ExpressionParser::Condition::kNone);
    end_of_block();
    branches.push_back({std::move(condition), body({"elif", "else", "endif"})});
    if (!tokens_.skip_name("elif")) break;
  }
  if (tokens_.skip_name("else")) {
    end_of_block();
    branches.push_back({nullptr, body({"endif"})});
  }
  tokens_.expect_name("endif");
  end_of_block();
  return std::make_unique<If>(at, std::move(branches));
}

StatementPtr StatementParser::for_block(Position at) {
  For::Parts parts;
  parts.loop = &*names_.insert("loop").first;
  parts.target = expressions_.target(ExpressionParser::Namespaces::kNone);
  tokens_.expect_name("in");
  parts.items = expressions_.tuple(ExpressionParser::Condition::kNone);
  if (tokens_.skip_name("if")) parts.condition = expressions_.expression();
  if (tokens_.at_name("recursive")) tokens_.fail("a recursive loop is not supported");
  end_of_block();
  ++loops_;
  parts.body = body({"else", "endfor"});
  --loops_;
  if (tokens_.skip_name("else")) {
    end_of_block();
    parts.otherwise = body({"endfor"});
  }
  tokens_.expect_name("endfor");
  end_of_block();
  return std::make_unique<For>(at, std::move(parts));
}

StatementPtr StatementParser::set_block(Position at) {
  Target target = expressions_.target(ExpressionParser::Namespaces::kAllowed);
  if (tokens_.skip_sign("=")) {
    ExpressionPtr value = expressions_.tuple();
    end_of_block();
    return std::make_unique<Set>(at, std::move(target), std::move(value));
  }
  if (tokens_.at_sign("|")) tokens_.fail("a filter on a set block is not supported");
  end_of_block();
  const int loops = std::exchange(loops_, 0);
  Body inner = body({"endset"});
  loops_ = loops;
  tokens_.expect_name("endset");
  end_of_block();
  return std::make_unique<SetBlock>(at, std::move(target), std::move(inner));
}

StatementPtr StatementParser::macro_block(Position at) {
  const Name name = expressions_.name();
  std::vector<Macro::Parameter> parameters;
  tokens_.expect_sign("(");
  while (!tokens_.skip_sign(")")) {
    if (!parameters.empty()) tokens_.expect_sign(",");
    const Name parameter = expressions_.name();
    ExpressionPtr otherwise = tokens_.skip_sign("=") ? expressions_.expression() : nullptr;
    if (otherwise == nullptr && !parameters.empty() && parameters.back().otherwise != nullptr)
      tokens_.fail("a parameter without a default stands after one with a default");
    parameters.push_back({parameter, std::move(otherwise)});
  }
  end_of_block();
  const int loops = std::exchange(loops_, 0);
  Body inner = body({"endmacro"});
  loops_ = loops;
  tokens_.expect_name("endmacro");
  end_of_block();
  return std::make_unique<Macro>(at, name, std::move(parameters), std::move(inner));
}

StatementPtr StatementParser::generation_block(Position at) {
  if (in_generation_) TokenStream::fail(at, "a generation block inside another one is not supported");
  end_of_block();
  has_generation_ = in_generation_ = true;
  Body inner = body({"endgeneration"});
  in_generation_ = false;
  tokens_.expect_name("endgeneration");
  end_of_block();
  return std::make_unique<GenerationBlock>(at, std::move(inner));
}

}  // namespace hone::jinja
