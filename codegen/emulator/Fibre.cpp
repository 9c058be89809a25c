//===- Fibre.cpp - A thread of control that is switched by hand -----------===//

#include "codegen/emulator/Fibre.h"

#include <cstdint>

// Saves the registers that a callee must keep on the current stack, stores the
// stack pointer at rdi, and goes on with the stack in rsi. The first argument
// of what runs there is rdx (System V ABI for x86-64).
asm(R"(
.text
.type g4_switch_stack, @function
g4_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  movq %rdx, %rdi
  ret
.size g4_switch_stack, .-g4_switch_stack
)");
extern "C" void g4_switch_stack(void **save, void *next, void *argument);

namespace g4 {

constexpr size_t kStackBytes = size_t{128} << 10;
constexpr size_t kSavedRegisters = 6;

Fibre::Fibre() : stack_(new std::byte[kStackBytes]) {}

void Fibre::begin(Fibre *self) {
  self->entry_(self->argument_);
  self->yield();
}

void Fibre::start(Entry entry, void *argument) {
  entry_ = entry;
  argument_ = argument;
  // What g4_switch_stack pops: registers, then the address it returns to. The
  // stack is 16-byte aligned before a call, so 8 off at a function's entry.
  auto top = reinterpret_cast<uintptr_t>(stack_.get() + kStackBytes) & ~15ull;
  auto *slots = reinterpret_cast<uint64_t *>(top - 16);
  *slots = reinterpret_cast<uint64_t>(&Fibre::begin);
  slots -= kSavedRegisters;
  for (size_t i = 0; i < kSavedRegisters; ++i)
    slots[i] = 0;
  inside_ = slots;
}

void Fibre::resume() { g4_switch_stack(&outside_, inside_, this); }

void Fibre::yield() { g4_switch_stack(&inside_, outside_, nullptr); }

} // namespace g4
