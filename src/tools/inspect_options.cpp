#include "tools/inspect_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "base/command_line/command_line.hpp"
#include "base/error.hpp"

namespace po = boost::program_options;

namespace hone {
namespace {

const std::vector<std::string> kSubjects = {"dataset", "safetensors", "checkpoint"};
const std::vector<std::string> kFormats = {"text", "jsonl"};

po::options_description describe() {
  po::options_description flags("Flags", 110);
  flags.add_options()("show", po::value<std::int64_t>()->default_value(0),
                      "dataset: rows to print, from the first on");
  flags.add_options()("format", po::value<std::string>()->default_value("text"),
                      "dataset: text | jsonl (one object a row: row, file, line, ids, loss_mask, text)");
  flags.add_options()("verify", po::bool_switch(), "read everything and check it; damage is exit code 3");
  flags.add_options()("help", "print this text");
  flags.add_options()("version", "print versions");
  return flags;
}

void require_one_of(const std::string& what, const std::string& value,
                    const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  fail_usage(fmt::format("{} '{}' is unknown", what, value), "",
             fmt::format("choose {}", fmt::join(known, " or ")));
}

}  // namespace

std::optional<InspectOptions> parse_inspect_command_line(int argc, const char* const* argv,
                                                         const std::string& version) {
  const po::options_description flags = describe();
  const po::variables_map values = parse_command_line(argc, argv, flags, Words::kCollected);
  if (values.count("help")) {
    std::cout << "hone-inspect dataset DIR [--show N] [--format text|jsonl] [--verify]\n"
                 "hone-inspect safetensors FILE_OR_DIR [--verify]\n"
                 "hone-inspect checkpoint DIR [--verify]\n\n"
                 "Shows, counts and verifies what Hone reads and writes.\n\n"
              << flags;
    return std::nullopt;
  }
  if (values.count("version")) {
    std::cout << version;
    return std::nullopt;
  }
  const auto words =
      values.count("words") ? values["words"].as<std::vector<std::string>>() : std::vector<std::string>{};
  if (words.empty())
    fail_usage("nothing to inspect", "",
               "say dataset DIR, safetensors FILE_OR_DIR or checkpoint DIR; see --help");
  require_one_of("subject", words[0], kSubjects);
  if (words.size() != 2)
    fail_usage(fmt::format("{} wants one path, {} are given", words[0], words.size() - 1), "", "see --help");
  InspectOptions options;
  options.subject = words[0] == "dataset"       ? InspectSubject::kDataset
                    : words[0] == "safetensors" ? InspectSubject::kSafetensors
                                                : InspectSubject::kCheckpoint;
  options.path = words[1];
  options.show = values["show"].as<std::int64_t>();
  require_one_of("--format", values["format"].as<std::string>(), kFormats);
  options.format =
      values["format"].as<std::string>() == "jsonl" ? InspectFormat::kJsonl : InspectFormat::kText;
  options.depth = values["verify"].as<bool>() ? InspectDepth::kVerify : InspectDepth::kRecorded;
  if (options.show < 0) fail_usage("--show can't be negative", "", "give a number of rows");
  if (options.subject != InspectSubject::kDataset &&
      (!values["show"].defaulted() || !values["format"].defaulted())) {
    fail_usage("--show and --format belong to dataset", words[0] + " is inspected", "leave them out");
  }
  return options;
}

}  // namespace hone
