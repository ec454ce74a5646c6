#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "comm/device.hpp"

namespace hone {

/// What this rank is at, noted by the threads that work and read by the watchdog's.
class Activity {
 public:
  struct Note {
    std::string work;           // of the thread that trains: "step 12: reading rows, block 3"
    std::string collective;     // the last one entered: "all_gather of block 3"
    std::uint64_t entered = 0;  // collectives so far, that one included
    bool inside = false;        // in one, on the host or on a device
    bool on_device = false;     // in one on a device
    bool writing = false;       // some thread writes to disk
    std::uint64_t changes = 0;  // grows with every note but those about writing
  };

  /// The thread that trains turns to something else, of no unit in particular.
  void start(std::string work);
  /// It turns to a unit of the model; returns the one it was at.
  std::string move_to(std::string unit);
  /// The operation with what it is about: the unit, or the work where there is none.
  std::string about(const char* operation) const;

  void enter(std::string collective, DeviceKind place);
  void leave(DeviceKind place);

  Note note() const;

 private:
  friend class WritingToDisk;

  int& under_way(DeviceKind place) { return place == DeviceKind::kCpu ? on_host_ : on_device_; }

  mutable std::mutex mutex_;
  std::string work_ = "starting", unit_, collective_ = "nothing yet";
  std::uint64_t entered_ = 0, changes_ = 0;
  int on_host_ = 0, on_device_ = 0;  // collectives under way, each place has its own
  std::atomic<int> writers_ = 0;
};

/// For as long as it lives, collectives are about this unit.
class AtUnit {
 public:
  AtUnit(Activity& activity, const std::string& unit)
      : activity_(activity), before_(activity.move_to(unit)) {}
  ~AtUnit() { activity_.move_to(std::move(before_)); }
  AtUnit(const AtUnit&) = delete;
  AtUnit& operator=(const AtUnit&) = delete;

 private:
  Activity& activity_;
  std::string before_;
};

/// For as long as it lives, a thread of this rank writes files: a slow disk is no dead peer.
class WritingToDisk {
 public:
  explicit WritingToDisk(Activity& activity) : activity_(activity) { ++activity_.writers_; }
  ~WritingToDisk() { --activity_.writers_; }
  WritingToDisk(const WritingToDisk&) = delete;
  WritingToDisk& operator=(const WritingToDisk&) = delete;

 private:
  Activity& activity_;
};

}  // namespace hone
