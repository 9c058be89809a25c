//===- FormatLadder.h - Formats for a budget --------------------*- C++ -*-===//
//
// A model's parts, each with the formats that it may have and what each of them
// takes and loses. At the foot of the ladder every part has the format of the
// fewest bytes. Each rung gives one part a finer format, and the first rungs
// are those that take away most loss for a byte. So a budget is a height, and
// no other choice of as many bytes loses less, but for the bytes of one rung.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_FORMATLADDER_H
#define G4_COMPILER_QUANTIZE_FORMATLADDER_H

#include "runtime/artifact/WeightFormat.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace g4 {

struct FormatOption {
  const artifact::WeightFormat *format = nullptr;
  uint64_t bytes = 0;
  /// What it loses, at least 0; losses of parts add up.
  double loss = 0;
};

/// Weights that have one format, and the formats that they may have.
struct FormatUnit {
  std::vector<std::string> weights;
  std::vector<FormatOption> options; // at least one
};

class FormatLadder {
public:
  explicit FormatLadder(std::vector<FormatUnit> units);
  FormatLadder(FormatLadder &&) = default; // rungs point into units

  const std::vector<FormatUnit> &units() const { return units_; }
  /// Heights are from 0 to this one.
  size_t top() const { return rungs_.size(); }
  uint64_t bytesAt(size_t height) const;
  double lossAt(size_t height) const;
  /// Of each unit the option that it has there.
  std::vector<const FormatOption *> choiceAt(size_t height) const;

private:
  struct Rung {
    size_t unit;
    const FormatOption *from, *to;

    double lossPerByte() const {
      return (from->loss - to->loss) /
             static_cast<double>(to->bytes - from->bytes);
    }
  };

  std::vector<FormatUnit> units_;
  std::vector<const FormatOption *> foot_; // of each unit
  std::vector<Rung> rungs_;
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_FORMATLADDER_H
