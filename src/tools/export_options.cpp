#include "tools/export_options.hpp"

#include <fmt/format.h>

#include <iostream>

#include "base/command_line/command_line.hpp"
#include "base/error.hpp"
#include "train/config/flag_binding.hpp"

namespace po = boost::program_options;

namespace hone {
namespace {

po::options_description describe() {
  po::options_description flags("Flags", 110);
  const auto text = [](const char* shown) { return po::value<std::string>()->value_name(shown); };
  flags.add_options()(
      "checkpoint", text("DIR"),
      "checkpoint-N of hone-train, written by any number of ranks: a full fine-tune becomes a "
      "model folder, LoRA and Q-LoRA an adapter folder");
  flags.add_options()("base", text("DIR"),
                      "the model folder that the adapter was trained over; with --checkpoint only where it "
                      "was moved since");
  flags.add_options()("adapter", text("DIR"),
                      "a PEFT LoRA adapter, of hone-train or another program, to be merged");
  flags.add_options()("output", text("DIR"), "folder to make; appears under its name when it is complete");
  flags.add_options()("base_weights", text("WHICH")->default_value("original"),
                      "what a Q-LoRA adapter is merged into: original (the base's own weights) | dequantized "
                      "(what training saw of them in four bits)");
  flags.add_options()(
      "bnb_4bit_quant_type", text("TYPE"),
      "for --base_weights dequantized: nf4 | fp4; needed where the adapter does not record it");
  flags.add_options()("allow_other_base", po::bool_switch(),
                      "take a base that is not the recorded one; its shapes must fit all the same");
  flags.add_options()("dtype", text("TYPE"),
                      "weights written: base (as the base folder has them) | float32 | bfloat16 | float16; "
                      "default: base, with --checkpoint what the run's --save_dtype says");
  flags.add_options()("max_shard_size", text("SIZE"),
                      "largest safetensors file, such as 5GB or 500MiB; default 5GB, with --checkpoint the "
                      "run's; not for a checkpoint of LoRA, whose adapter is one file");
  flags.add_options()("threads", po::value<int>()->value_name("N")->default_value(0),
                      "for merging; 0: the cores this process may use");
  flags.add_options()("help", "print this text");
  flags.add_options()("version", "print versions");
  return flags;
}

BaseWeights base_weights_of(const std::string& word) {
  if (word == "original") return BaseWeights::kOriginal;
  if (word == "dequantized") return BaseWeights::kDequantised;
  fail_usage(fmt::format("--base_weights '{}' is unknown", word), "", "choose original or dequantized");
}

void refuse_together(const po::variables_map& values, const char* one, const char* other,
                     const std::string& why) {
  if (values.count(one) && values.count(other) && !values[other].defaulted())
    fail_usage(fmt::format("--{} does not go with --{}", other, one), why, "leave one of them out");
}

void refuse_empty(const po::variables_map& values, const char* name) {
  if (values.count(name) && values[name].as<std::string>().empty())
    fail_usage(fmt::format("--{} is empty", name), "", "name a folder");
}

// Which of the two jobs is asked for, with everything that it needs.
void require_one_job(const po::variables_map& values) {
  refuse_together(values, "checkpoint", "adapter", "a checkpoint of LoRA holds its adapter itself");
  refuse_together(values, "checkpoint", "base_weights", "nothing is merged");
  refuse_together(values, "checkpoint", "bnb_4bit_quant_type", "nothing is merged");
  refuse_together(values, "checkpoint", "threads", "nothing is computed");
  if (!values.count("checkpoint") && !values.count("adapter"))
    fail_usage("nothing to export", "", "say --checkpoint DIR, or --base DIR --adapter DIR; see --help");
  if (values.count("adapter") && !values.count("base")) {
    fail_usage("--base is missing", "an adapter is merged into the model that it was trained over",
               "say --base DIR");
  }
}

}  // namespace

std::optional<ExportOptions> parse_export_command_line(int argc, const char* const* argv,
                                                       const std::string& version) {
  const po::options_description flags = describe();
  const po::variables_map values = parse_command_line(argc, argv, flags);
  if (values.count("help")) {
    std::cout
        << "hone-export --base MODEL_DIR --adapter DIR --output DIR [flags]\n"
           "hone-export --checkpoint OUT/checkpoint-N --output DIR [flags]\n\n"
           "Merges a LoRA adapter into its base model, W + scaling B A in fp32 and rounded once, or makes "
           "a Hugging\nFace folder of a training checkpoint.\n\n"
        << flags << "\nExit codes: 0 done, 1 run-time failure, 2 wrong usage, 3 bad or mismatching input.\n";
    return std::nullopt;
  }
  if (values.count("version")) {
    std::cout << version;
    return std::nullopt;
  }
  for (const char* const folder : {"checkpoint", "adapter", "base", "output"}) refuse_empty(values, folder);
  require_one_job(values);
  const auto text = [&](const char* name) {
    return values.count(name) ? values[name].as<std::string>() : std::string();
  };
  ExportOptions options;
  options.checkpoint = text("checkpoint");
  options.adapter = text("adapter");
  options.base = text("base");
  options.output = required(values, "output");
  options.base_weights = base_weights_of(text("base_weights"));
  if (values.count("bnb_4bit_quant_type")) {
    if (options.base_weights == BaseWeights::kOriginal) {
      fail_usage("--bnb_4bit_quant_type has no effect", "the base's original weights are merged into",
                 "say --base_weights dequantized, or leave it out");
    }
    options.quant_type = to_enum<FourBitType>({text("bnb_4bit_quant_type"), "--bnb_4bit_quant_type"});
  }
  options.allow_other_base = values["allow_other_base"].as<bool>();
  if (values.count("dtype")) options.dtype = to_enum<SaveDtype>({text("dtype"), "--dtype"});
  if (values.count("max_shard_size")) {
    options.max_shard_bytes = to_bytes({text("max_shard_size"), "--max_shard_size"});
    if (*options.max_shard_bytes < 1) fail_usage("--max_shard_size must be at least 1", "", "raise it");
  }
  options.threads = values["threads"].as<int>();
  if (options.threads < 0) fail_usage("--threads can't be negative", "", "give a count, or 0 for all cores");
  return options;
}

}  // namespace hone
