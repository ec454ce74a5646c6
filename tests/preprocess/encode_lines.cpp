// For the parity tests: reads JSON strings, one a line, and prints the ids of each as a JSON list.
#include <iostream>
#include <string>

#include "base/json.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const hone::TokenizerModel model(argv[1]);
  hone::Tokenizer tokenizer(model);
  const auto policy =
      std::string(argv[2]) == "all" ? hone::AddedTokenPolicy::kAll : hone::AddedTokenPolicy::kNonSpecial;
  for (std::string line; std::getline(std::cin, line);) {
    std::vector<std::uint32_t> ids;
    tokenizer.encode(hone::Json::parse(line).get<std::string>(), policy, ids);
    std::cout << hone::Json(ids).dump() << "\n";
  }
}
