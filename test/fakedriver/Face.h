//===- Face.h - What a fake driver has of its vendor ------------*- C++ -*-===//
//
// The core in this folder is one driver: memory, streams, graphs, code, with
// the emulator behind it. test/fakecuda and test/fakehip are its faces: they
// give the functions the names of a vendor, and each defines face().
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEDRIVER_FACE_H
#define G4_TEST_FAKEDRIVER_FACE_H

#include <span>
#include <string>

#include "test/fakedriver/Settings.h"
#include "test/fakedriver/Types.h"

namespace g4::fakedriver {

struct ErrorText {
  Result result;
  const char *name, *text;
};

/// A variable of the environment that names the devices that a program sees.
struct VisibleVariable {
  const char *name;
  bool doesEmptyHideAll;
};

struct Face {
  const char *name;      // "fakecuda", before complaints
  const char *variables; // "G4_FAKE_CUDA_", before the names of Settings.h
  const char *device;    // what there is where no variable says: "9.0"
  int version;           // of the driver, the same
  /// Of several each sees what those before it left.
  std::span<const VisibleVariable> visible;
  std::span<const ErrorText> errors;
  /// Fills what `arch`, the first part of a device's entry, says. False if it
  /// makes no sense.
  bool (*describe)(const std::string &arch, DeviceSettings &device);
  /// The UUID of device `number`, as the driver gives it.
  std::array<char, 16> (*uuidOf)(int number);
  /// How VisibleVariables name it.
  std::string (*uuidText)(const std::array<char, 16> &uuid);
  /// Whether emulated code of this number (EmulatedCode.h) runs on it.
  bool (*runs)(int64_t code, const DeviceSettings &device);
  /// Scratch memory that a launch may ask for before more is allowed.
  int (*scratchBytes)(const DeviceSettings &device);
  /// Threads in all blocks of a grid's row together.
  uint64_t maxThreadsX;
  /// Whether the code of a module must stay where it was loaded from.
  bool keepsImage;
  /// Whether a thread that said nothing uses the first device.
  bool hasFirstDevice;
};

/// Of the library that this is.
const Face &face();

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_FACE_H
