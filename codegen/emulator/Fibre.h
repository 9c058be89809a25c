//===- Fibre.h - A thread of control that is switched by hand ---*- C++ -*-===//

#ifndef G4_CODEGEN_EMULATOR_FIBRE_H
#define G4_CODEGEN_EMULATOR_FIBRE_H

#include <cstddef>
#include <memory>

namespace g4 {

/// A function on a stack of its own. resume() runs it until it calls yield() or
/// ends; both are cheap: they save the registers that a call would keep.
/// x86-64 only. A fibre that has not ended may be destroyed; its function is
/// then simply never continued.
class Fibre {
public:
  using Entry = void (*)(void *argument);

  Fibre();
  Fibre(Fibre &&) = default;

  /// Makes the fibre ready to begin `entry(argument)`.
  void start(Entry entry, void *argument);
  /// From the outside: goes on inside.
  void resume();
  /// From inside: goes on outside, after resume().
  void yield();

private:
  static void begin(Fibre *self);

  std::unique_ptr<std::byte[]> stack_;
  void *inside_ = nullptr;  // stack pointer while it is not running
  void *outside_ = nullptr; // stack pointer of who resumed it
  Entry entry_ = nullptr;
  void *argument_ = nullptr;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_FIBRE_H
