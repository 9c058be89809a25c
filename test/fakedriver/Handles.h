//===- Handles.h - Objects that a program names by pointer ------*- C++ -*-===//

#ifndef G4_TEST_FAKEDRIVER_HANDLES_H
#define G4_TEST_FAKEDRIVER_HANDLES_H

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace g4::fakedriver {

/// Owns objects and knows which are alive. A handle is no address of anything,
/// and none is given twice, so a stale one is always seen.
template <typename T>
class Handles {
public:
  void *add(std::unique_ptr<T> object) {
    void *handle = reinterpret_cast<void *>(next());
    objects_[handle] = std::move(object);
    return handle;
  }
  /// Null if nothing alive has this handle.
  T *find(const void *handle) const {
    auto found = objects_.find(handle);
    return found == objects_.end() ? nullptr : found->second.get();
  }
  bool remove(const void *handle) { return objects_.erase(handle) > 0; }

  template <typename F>
  void forEach(F &&visit) const {
    for (const auto &[handle, object] : objects_)
      visit(*object);
  }

private:
  // Odd: looks like no pointer, and a program that follows it crashes.
  static uintptr_t next() {
    static uintptr_t last = 0x6741;
    return last += 2;
  }
  std::unordered_map<const void *, std::unique_ptr<T>> objects_;
};

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_HANDLES_H
