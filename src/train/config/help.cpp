#include <fmt/format.h>

#include <string>

#include "train/config/flag.hpp"
#include "train/config/flag_binding.hpp"

namespace hone {
namespace {

constexpr std::size_t kHelpColumn = 34;
constexpr std::size_t kHelpWidth = 110;

/// `text` in lines of at most kHelpWidth characters, all beginning at kHelpColumn but for the first.
std::string wrapped(const std::string& text) {
  std::string result;
  std::size_t column = kHelpColumn;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (column + 1 + word.size() > kHelpWidth) {
      result += "\n" + std::string(kHelpColumn, ' ');
      column = kHelpColumn;
    } else if (begin > 0) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    begin = end + 1;
  }
  return result;
}

std::string shown_default(const Flag& flag) {
  const OrderedJson value = flag.get(TrainConfig{});
  if (value.is_null() || value == "" || value.is_object()) return "";
  if (value.is_boolean()) return value.get<bool>() ? " [True]" : " [False]";
  return fmt::format(" [{}]", value.is_string() ? value.get<std::string>() : value.dump());
}

std::string line_of(const std::string& left, const std::string& help) {
  std::string line = "  " + left;
  if (line.size() + 2 > kHelpColumn) {
    line += "\n" + std::string(kHelpColumn, ' ');
  } else {
    line.resize(kHelpColumn, ' ');
  }
  return line + wrapped(help) + "\n";
}

}  // namespace

std::string help_text() {
  std::string text =
      "Fine-tunes a Qwen-family language model on a dataset of hone-preprocess.\n\n"
      "  mpirun -np 2 hone-train --model_name_or_path MODEL --data_path DATASET --output_dir OUT [flags]\n"
      "  srun --mpi=pmix hone-train --config FILE.json [flags]\n\n"
      "Flags have the names of transformers' TrainingArguments; '-' may stand for '_', booleans take True or "
      "False or\n"
      "stand alone. Command line goes before --config, --config before the DeepSpeed JSON. Defaults are in "
      "brackets.\n";
  std::string group;
  for (const Flag& flag : flags()) {
    if (flag.group != group) text += fmt::format("\n{}:\n", group = flag.group);
    const std::string name = "--" + flag.name + (flag.argument.empty() ? "" : " " + flag.argument);
    text += line_of(name, flag.help + shown_default(flag));
  }
  text += "\nBesides:\n";
  text += line_of("--config FILE.json", "flags by name in one JSON object, as --print_config writes them");
  text += line_of("--print_config", "print the effective configuration and end");
  text += line_of("--version", "print the versions of Hone and what it was built with, and end");
  text += line_of("-h, --help", "print this text and end");
  text +=
      "\nOther TrainingArguments are accepted and named where they have no meaning here (--report_to), and "
      "refused where\n"
      "they would change the result (--adafactor).\n\n"
      "Exit codes: 0 done, 1 run-time failure, 2 wrong usage, 3 bad input data, 4 diverged, 75 stopped on "
      "request after a\n"
      "complete checkpoint.\n";
  return text;
}

}  // namespace hone
