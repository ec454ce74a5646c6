#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace hone::log {
namespace {

struct Sinks {
  std::shared_ptr<spdlog::logger> out =
      std::make_shared<spdlog::logger>("out", std::make_shared<spdlog::sinks::stdout_sink_mt>());
  std::shared_ptr<spdlog::logger> err =
      std::make_shared<spdlog::logger>("err", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::string program = "hone";
  bool quiet = false;

  Sinks() {
    out->set_pattern("%v");
    err->set_pattern("%v");
    out->flush_on(spdlog::level::info);  // a job that is killed must not take its last lines with it
    err->flush_on(spdlog::level::info);
  }
};

Sinks& sinks() {
  static Sinks instance;
  return instance;
}

}  // namespace

void start(const std::string& program) { sinks().program = program; }

void set_quiet(bool quiet) { sinks().quiet = quiet; }

void info_line(const std::string& line) {
  if (!sinks().quiet) sinks().out->info(line);
}

void warn_line(const std::string& line) {
  sinks().err->info(fmt::format("{}: warning: {}", sinks().program, line));
}

}  // namespace hone::log
