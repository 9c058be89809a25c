//===- StepReads.h - What a program's steps read ----------------*- C++ -*-===//
//
// The launches of a program, summed up once, so that to ask what a step of any
// shape reads costs next to nothing: a server asks in every step. StepTraffic.h
// says what counts as read.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_STEPREADS_H
#define G4_RUNTIME_EXEC_STEPREADS_H

#include "runtime/exec/StepTraffic.h"

#include <compare>
#include <cstdint>
#include <map>
#include <span>

namespace g4rt {

class StepReads {
public:
  using Launches = std::span<const artifact::Launch *const>;

  /// Of these launches of `program`, which belongs to `root` and has been
  /// checked. Neither is needed later.
  StepReads(const artifact::Artifact &root, const artifact::Program &program,
            Launches launches);
  /// Of all launches of a step. Buckets read the same, so one is looked at,
  /// however many there are.
  static StepReads ofStep(const artifact::Artifact &root,
                          const artifact::Program &program);

  StepTraffic of(const StepShape &shape) const;
  /// Bytes of weights, those of experts apart; `products` and `cacheBytes` are
  /// left 0.
  StepTraffic weightsOf(const StepShape &shape) const;
  /// Bytes of the caches that one sequence reads whose `rows` rows end at
  /// position `context`.
  double cacheBytes(double rows, double context) const;

private:
  /// How much of a weight is read: as much as the launch that reads most of it.
  struct Use {
    bool byRows = false, byOutputs = false; // all of it, if there are any
    double tableRows = 0;                   // one for each row; 0: no table
    double numExperts = 0, perRow = 0;      // 0: no experts

    double share(const StepShape &shape) const;
    auto operator<=>(const Use &) const = default;
  };

  static void addUse(Use &use, const artifact::Launch &launch,
                     const artifact::Weight &weight);
  void addProducts(const artifact::Launch &launch,
                   const artifact::Weight &weight);

  std::map<Use, double> bytes_; // of all weights that are used alike
  std::map<uint32_t, double> bytesByWindow_; // of a position; window 0: none
  double productsOfRow_ = 0, productsOfOutput_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_STEPREADS_H
