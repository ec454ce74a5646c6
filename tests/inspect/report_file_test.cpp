#include "inspect/report_file.hpp"

#include <fstream>

#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

std::string refusal_of(const std::filesystem::path& path) {
  try {
    require_report_path(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return "";
}

TEST(ReportFile, AFreeNameAndAnEarlierReportAreTaken) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal_of(folder / "new.html"), "");
  std::ofstream(folder / "old.html") << kReportHead << "anything";
  EXPECT_EQ(refusal_of(folder / "old.html"), "");
}

TEST(ReportFile, NothingElseIsWrittenOver) {
  const TemporaryFolder folder;
  std::ofstream(folder / "rows.jsonl") << std::string(1000, '{');
  std::ofstream(folder / "page.html")
      << "<!doctype html>\n<html lang=\"en\">\n<body>" << std::string(1000, 'x');
  std::filesystem::create_symlink(folder / "nowhere", folder / "link");
  for (const char* name : {"rows.jsonl", "page.html", "link", ""})
    EXPECT_NE(refusal_of(folder / name).find("is there already"), std::string::npos) << name;
  EXPECT_NE(refusal_of(folder / "missing/new.html").find("missing is no folder"), std::string::npos);
}

}  // namespace
}  // namespace hone
