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
constexpr const char* kUsage =
    "hone-inspect dataset DIR [--show N | --row N | --find TEXT | --html FILE] [--verify]\n"
    "hone-inspect dataset --compare A B [--verify]\n"
    "hone-inspect safetensors FILE_OR_DIR [--verify]\n"
    "hone-inspect checkpoint DIR [--verify]\n\n"
    "Shows, counts and verifies what Hone reads and writes.\n\n";

po::options_description describe() {
  po::options_description flags("Flags; those but --verify, --help and --version are of dataset", 110);
  flags.add_options()("show", po::value<std::int64_t>(),
                      "rows to print, from the first on, behind the statistics; with --find at most so many "
                      "(20), with --html so many (100) in the file");
  flags.add_options()("row", po::value<std::int64_t>(), "print this row, counted from 0");
  flags.add_options()("ids", po::bool_switch(), "with --row: also each token with its id");
  flags.add_options()("find", po::value<std::string>(),
                      "print where rows contain this text, letter for letter, control tokens included");
  flags.add_options()("format", po::value<std::string>()->default_value("text"),
                      "of rows: text | jsonl (one object a row: row, file, line, ids, loss_mask, text)");
  flags.add_options()(
      "compare", po::bool_switch(),
      "compare two datasets: settings, counts, ids and targets of the rows; exit code 0: equal, 1: "
      "different");
  flags.add_options()("html", po::value<std::string>(),
                      "write a report of statistics and rows to this file, which needs no network");
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

bool given(const po::variables_map& values, const char* flag) {
  const po::variable_value& value = values[flag];
  return !value.empty() && !value.defaulted();
}

template <typename T>
std::optional<T> value_of(const po::variables_map& values, const char* flag) {
  return values.count(flag) ? std::optional(values[flag].as<T>()) : std::nullopt;
}

// Which flags go with which.
void require_fitting(const po::variables_map& values, const std::string& subject) {
  for (const char* flag : {"show", "row", "ids", "find", "format", "compare", "html"}) {
    if (subject != "dataset" && given(values, flag))
      fail_usage(fmt::format("--{} belongs to dataset", flag), subject + " is inspected", "leave it out");
  }
  std::vector<std::string> tasks;
  for (const char* flag : {"row", "find", "compare", "html"}) {
    if (given(values, flag)) tasks.push_back(flag);
  }
  if (tasks.size() > 1)
    fail_usage(fmt::format("--{} and --{} exclude each other", tasks[0], tasks[1]), "",
               "call the program twice");
  const std::string task = tasks.empty() ? "" : tasks[0];
  if (given(values, "show") && (task == "row" || task == "compare"))
    fail_usage(fmt::format("--show has no meaning beside --{}", task), "", "leave one of them out");
  if (given(values, "ids") && task != "row") fail_usage("--ids goes with --row", "", "say which row");
  const bool rows = task.empty() ? given(values, "show") : task == "row" || task == "find";
  if (values["format"].as<std::string>() == "jsonl" && (!rows || given(values, "ids"))) {
    fail_usage("--format jsonl has no meaning here", rows ? "its rows have their ids" : "it is for rows",
               rows ? "leave --ids out" : "say --show N, --row N or --find TEXT");
  }
}

void require_values(const InspectOptions& options) {
  if (options.show.value_or(0) < 0) fail_usage("--show can't be negative", "", "give a number of rows");
  if (options.row.value_or(0) < 0) fail_usage("--row can't be negative", "rows are counted from 0", "");
  if (options.find && options.find->empty())
    fail_usage("--find is empty", "every row holds that", "give a text");
  if (options.report && options.report->empty()) fail_usage("--html is empty", "", "name a file");
}

}  // namespace

std::optional<InspectOptions> parse_inspect_command_line(int argc, const char* const* argv,
                                                         const std::string& version) {
  const po::options_description flags = describe();
  const po::variables_map values = parse_command_line(argc, argv, flags, Words::kCollected);
  if (values.count("help")) {
    std::cout << kUsage << flags;
    return std::nullopt;
  }
  if (values.count("version")) {
    std::cout << version;
    return std::nullopt;
  }
  const auto words = value_of<std::vector<std::string>>(values, "words").value_or(std::vector<std::string>());
  if (words.empty())
    fail_usage("nothing to inspect", "",
               "say dataset DIR, safetensors FILE_OR_DIR or checkpoint DIR; see --help");
  require_one_of("subject", words[0], kSubjects);
  require_one_of("--format", values["format"].as<std::string>(), kFormats);
  require_fitting(values, words[0]);
  const bool compare = values["compare"].as<bool>();
  if (words.size() != (compare ? 3 : 2)) {
    fail_usage(fmt::format("{} wants {}, {} {} given", compare ? "--compare" : words[0],
                           compare ? "two datasets" : "one path", words.size() - 1,
                           words.size() == 2 ? "is" : "are"),
               "", "see --help");
  }
  InspectOptions options;
  options.subject = words[0] == "dataset"       ? InspectSubject::kDataset
                    : words[0] == "safetensors" ? InspectSubject::kSafetensors
                                                : InspectSubject::kCheckpoint;
  options.path = words[1];
  if (compare) options.other = words[2];
  options.show = value_of<std::int64_t>(values, "show");
  options.row = value_of<std::int64_t>(values, "row");
  options.find = value_of<std::string>(values, "find");
  options.report = value_of<std::string>(values, "html");
  options.format = values["format"].as<std::string>() == "jsonl" ? RowFormat::kJsonl
                   : values["ids"].as<bool>()                    ? RowFormat::kTokens
                                                                 : RowFormat::kText;
  options.depth = values["verify"].as<bool>() ? InspectDepth::kVerify : InspectDepth::kRecorded;
  require_values(options);
  return options;
}

}  // namespace hone
