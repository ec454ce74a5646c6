#include "preprocess/output_folder.hpp"

#include <fmt/format.h>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/output_name.hpp"
#include "dataset/manifest.hpp"
#include "preprocess/output_names.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

bool holds_something(const fs::path& folder) { return fs::exists(folder) && !fs::is_empty(folder); }

void sync_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) sync_to_disk(entry.path());
  sync_to_disk(folder);
}

}  // namespace

OutputFolder::OutputFolder(const fs::path& final_path, Existing existing)
    : existing_(existing),
      final_(named_folder(final_path)),
      temporary_(new_path(final_)),
      replaced_(replaced_path(final_)) {
  recover();
  require_output_free(final_, existing_);
  std::error_code error;
  fs::remove_all(temporary_, error);  // of a run that was killed
  fs::create_directories(temporary_, error);
  if (error)
    fail_usage(fmt::format("can't make --output {}", final_.string()), error.message(),
               "choose another folder");
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void OutputFolder::recover() const {
  if (!fs::exists(replaced_)) return;
  if (!holds_something(final_) && fs::exists(replaced_ / "manifest.json")) {
    rename_durably(replaced_, final_);
    log::warn("a run was interrupted while it replaced {}; the earlier dataset is back under its name",
              final_.string());
  } else {
    log::warn("removing {}, what an interrupted run had replaced", replaced_.string());
    remove_replaced();
  }
}

void OutputFolder::remove_replaced() const {
  fs::remove(replaced_ / "manifest.json");  // first: what is half removed must not look like a dataset
  fs::remove_all(replaced_);
}

void require_output_free(const fs::path& path, OutputFolder::Existing existing) {
  require_renamable(named_folder(path), "--output");
  if (fs::exists(path) && !fs::is_directory(path))
    fail_usage(fmt::format("--output {} is a file", path.string()), "", "choose another folder");
  if (!holds_something(path)) return;
  if (existing == OutputFolder::Existing::kRefuse) {
    fail_usage(fmt::format("--output {} already exists", path.string()), "it is not empty",
               "choose another folder, or say --overwrite_output_dir");
  }
  if (!fs::exists(path / "manifest.json")) {
    fail_usage(fmt::format("--output {} is not a dataset", path.string()),
               "it has no manifest.json, so it is not overwritten", "choose another folder");
  }
}

void OutputFolder::finish() {
  sync_tree(temporary_);
  require_output_free(final_, existing_);  // again: another run may have ended under this name meanwhile
  const bool replaces = holds_something(final_);
  if (replaces) rename_durably(final_, replaced_);
  try {
    rename_durably(temporary_, final_);
  } catch (...) {
    if (replaces) rename_durably(replaced_, final_);
    throw;
  }
  if (replaces) remove_replaced();
}

}  // namespace hone
