#include "train/device_memory.hpp"

#include <c10/util/Exception.h>

#include <string>

#include "base/error.hpp"

namespace hone {

void explain_full_device(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::OutOfMemoryError& error) {
    const std::string text = error.what_without_backtrace();
    fail_run("the device's memory is full", text.substr(0, text.find('\n')),
             "lower --per_device_train_batch_size, say --gradient_checkpointing True, or shard more with "
             "--zero_stage 3 and more ranks; the last complete checkpoint resumes");
  }
}

}  // namespace hone
