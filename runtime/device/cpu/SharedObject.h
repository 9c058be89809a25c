//===- SharedObject.h - Load code from memory -------------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CPU_SHAREDOBJECT_H
#define G4_RUNTIME_DEVICE_CPU_SHAREDOBJECT_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <span>
#include <utility>

namespace g4rt {

/// An ELF shared object that was loaded from bytes. They go to an anonymous
/// file (memfd), so no file of this process is both written and executed. Its
/// symbols are there as long as this object.
class SharedObject {
public:
  /// Errors: DataLoss if the bytes are not a whole shared object for this kind
  /// of machine, ResourceExhausted if they find no place.
  static Result<SharedObject> load(std::span<const std::byte> bytes);

  SharedObject(SharedObject &&other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        handle_(std::exchange(other.handle_, nullptr)) {}
  SharedObject &operator=(SharedObject &&) = delete;
  ~SharedObject();

  /// Null if there is none of this name.
  void *find(const char *symbol) const;

private:
  explicit SharedObject(int fd) : fd_(fd) {}

  // Open as long as the code is loaded: the dynamic loader knows code by its
  // path, which is the number of this file, and would give the old code for a
  // new file of the same number.
  int fd_;
  void *handle_ = nullptr;
};

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CPU_SHAREDOBJECT_H
