#include "preprocess/option_flags.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace po = boost::program_options;

namespace hone {

po::options_description preprocess_flags() {
  po::options_description flags("Turns conversations and texts into a dataset of token shards.\n\nFlags",
                                110);
  flags.add_options()("tokenizer", po::value<std::string>(),
                      "Hugging Face model folder whose tokenizer.json and chat template are used");
  flags.add_options()(
      "input", po::value<std::vector<std::string>>()->multitoken(),
      "files of rows: jsonl or a JSON array, also gzip or zstd; quoted patterns; - for standard input");
  flags.add_options()(
      "format", po::value<std::string>()->default_value("auto"),
      "of the rows: auto (recognised for each input by its first row) | messages | sharegpt | alpaca | "
      "prompt_completion | text");
  flags.add_options()("column", po::value<std::vector<std::string>>()->multitoken(),
                      "NAME=FIELD: the format's NAME is called FIELD in the rows");
  flags.add_options()(
      "weight", po::value<std::vector<std::string>>()->multitoken(),
      "FILE=W: the rows of that input (or of those that a pattern matches) are taken W times");
  flags.add_options()("output", po::value<std::string>(), "dataset folder to make");
  flags.add_options()(
      "template", po::value<std::string>()->default_value("auto"),
      "auto (the folder's own) | jinja (the same, always run by the interpreter) | qwen_sft (the Qwen "
      "example's) | chatml | FILE.jinja | none (plain text alone, also of --format text)");
  flags.add_options()("system_prompt", po::value<std::string>(),
                      "system text for conversations without a system turn");
  flags.add_options()(
      "loss", po::value<std::string>()->default_value("assistant"),
      "what is trained on: assistant (answers and their end token) | all | last (the last answer)");
  flags.add_options()(
      "thinking", po::value<std::string>()->default_value("keep"),
      "thinking in answers: keep (as the template renders it) | strip | split (one row for each "
      "answer, as inference sees it)");
  flags.add_options()("model_max_length", po::value<std::int64_t>()->default_value(512),
                      "longest row, in tokens");
  flags.add_options()("overlong", po::value<std::string>()->default_value("truncate"),
                      "rows longer than that: drop | truncate (on the right) | error");
  flags.add_options()(
      "on_bad_line", po::value<std::string>()->default_value("stop"),
      "stop (after all were listed in OUTPUT.rejected.jsonl; no dataset is made) | skip (counted, listed in "
      "the dataset's rejected.jsonl)");
  flags.add_options()("threads", po::value<int>()->default_value(0),
                      "worker threads; 0: the cores this process may use");
  flags.add_options()("overwrite_output_dir", po::bool_switch(), "replace an existing dataset");
  flags.add_options()("show", po::value<std::int64_t>()->default_value(0),
                      "print that many rows at the end, with what is learnt marked");
  flags.add_options()(
      "deduplicate", po::bool_switch(),
      "drop rows that have the same ids and targets as one before (56 bytes of memory a row)");
  flags.add_options()("eval_output", po::value<std::string>(),
                      "dataset folder for rows that are held out, with one of:");
  flags.add_options()("eval_fraction", po::value<double>(), "the share of rows that are held out, as 0.01");
  flags.add_options()("eval_rows", po::value<std::int64_t>(),
                      "the number of rows that are held out, exactly");
  flags.add_options()("split_seed", po::value<std::int64_t>()->default_value(42),
                      "chooses which rows are held out");
  flags.add_options()("shuffle_seed", po::value<std::int64_t>(),
                      "write the rows in a random order, which this chooses; default: in the inputs' order");
  flags.add_options()("slice", po::value<std::string>(),
                      "I/N: encode only the Ith of N slices of the inputs (I from 1), for --finish to join");
  flags.add_options()("finish", po::bool_switch(), "write the dataset of the slices that were made");
  flags.add_options()("segment_bytes", po::value<std::int64_t>()->default_value(0),
                      "input bytes that are encoded and kept as a whole: where slices are cut and where a "
                      "run that was killed "
                      "goes on; 0: 16 MiB, or a 4096th of the inputs");
  flags.add_options()("print_config", po::bool_switch(), "print the options in effect as JSON");
  flags.add_options()("help", "print this text");
  flags.add_options()("version", "print versions");
  return flags;
}

}  // namespace hone
