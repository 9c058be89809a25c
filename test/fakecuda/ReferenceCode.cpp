//===- ReferenceCode.cpp - The plain twins for the fake driver ------------===//
//
// codegen/cuda/reference/Reference.cu as host C++, in the form of emulated
// code: where a real GPU has NVRTC's cubin, the fake one has this.
//
//===----------------------------------------------------------------------===//

#include "codegen/cuda/reference/HostShim.h"

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace {

#include "codegen/cuda/reference/Reference.cu"

constexpr int64_t kThreads = 128;

template <typename T>
T argument(uint64_t bits) {
  static_assert(sizeof(T) == sizeof(bits));
  T value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

template <typename... Args, size_t... I>
void call(void (*kernel)(Args...), const uint64_t *args,
          std::index_sequence<I...>) {
  kernel(argument<Args>(args[I])...);
}

template <typename... Args>
void runThread(void (*kernel)(Args...), const uint64_t *args, int64_t block,
               int64_t thread) {
  blockDim.x = kThreads;
  blockIdx.x = static_cast<unsigned>(block);
  threadIdx.x = static_cast<unsigned>(thread);
  call(kernel, args, std::index_sequence_for<Args...>());
}

template <typename... Args>
constexpr int64_t numParams(void (*)(Args...)) {
  return sizeof...(Args);
}

template <typename... Args>
constexpr int64_t addresses(void (*)(Args...)) {
  int64_t bits = 0, i = 0;
  ((bits |= int64_t{std::is_pointer_v<Args>} << i++), ...);
  return bits;
}

} // namespace

// Threads, size of a warp, bytes of scratch, parameters, which are addresses.
#define TWIN(name)                                                             \
  extern "C" {                                                                 \
  extern const int64_t g4emu_info_##name[] = {                                 \
      kThreads, 32, 0, numParams(::name), addresses(::name)};                  \
  }                                                                            \
  extern "C" void name##_entry(const uint64_t *args, int64_t x, int64_t,       \
                               void *, int64_t thread) __asm__(#name);         \
  void name##_entry(const uint64_t *args, int64_t x, int64_t, void *,          \
                    int64_t thread) {                                          \
    runThread(::name, args, x, thread);                                        \
  }

TWIN(reference_linear)
TWIN(reference_queries)
TWIN(reference_scores)
TWIN(reference_attention)
TWIN(reference_router_logits)
TWIN(reference_router)
TWIN(ceiling_copy)
