//===- Device.h - One GPU of a fake driver ----------------------*- C++ -*-===//

#ifndef G4_TEST_FAKEDRIVER_DEVICE_H
#define G4_TEST_FAKEDRIVER_DEVICE_H

#include <memory>

#include "test/fakedriver/CodeModule.h"
#include "test/fakedriver/DeviceMemory.h"
#include "test/fakedriver/Handles.h"
#include "test/fakedriver/Settings.h"
#include "test/fakedriver/Stream.h"

namespace g4::fakedriver {

/// A launch with its arguments, as the driver was given them.
struct Launch {
  const Function *function;
  EmulatedGrid grid;
  size_t sharedBytes;
  std::vector<uint64_t> args;
};

/// A device and what lives in its context.
struct Device {
  Device(const DeviceSettings &about, const Settings &driver)
      : settings(about), driver(driver), memory(about.memoryBytes) {}

  const DeviceSettings &settings;
  const Settings &driver;
  DeviceMemory memory;
  Handles<Stream> streams;
  Handles<Event> events;
  Handles<Graph> graphs;
  Handles<GraphExec> execs;
  Handles<CodeModule> modules;
  /// The stream that is named by no handle.
  Stream defaultStream{*this};
  int numRetains = 0;
  uint64_t numKernels = 0; // that ran
  /// The error that every later call returns.
  Result sticky = kSuccess;

  /// Makes `result` sticky and says why on stderr.
  Result lose(Result result, const std::string &why);
  /// Does all work of all streams.
  Result drainAll();
  /// The stream that is being captured, in a mode that forbids unsafe calls.
  Stream *capturing();

  /// Whether a launch like this can be: limits, arguments.
  Result check(const Launch &launch);
  /// Runs a kernel; the memory is open.
  Result run(const Launch &launch);

private:
  bool isToFail();
};

/// A line in the log; nothing without one.
void logEvent(const Settings &settings, const std::string &event);

/// What is wrong with a call, for people.
void complain(const std::string &problem);

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_DEVICE_H
