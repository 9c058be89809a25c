//===- Roofline.cpp - Kernels beside the limit of a GPU -------------------===//

#include "tools/g4c/Roofline.h"

#include "runtime/base/Printable.h"
#include "runtime/predict/Prediction.h"
#include "tools/g4c/Commands.h"

#include <cstdio>

namespace g4 {

using g4rt::LaunchSum;
using g4rt::Status;

static void printKernel(const LaunchSum &sum, const g4rt::Machine &machine) {
  double each = sum.time.seconds / static_cast<double>(sum.count);
  double bytes = sum.memoryBytes / static_cast<double>(sum.count);
  std::printf("  %-60s %4.0f %7.0f %6.0f %6.2f %9.2f %9.2f %7.0f %%  %s\n",
              g4rt::printable(sum.name).c_str(), sum.work.registers,
              sum.work.sharedBytes, sum.time.blocksOfUnit, sum.time.waves,
              bytes / machine.readBandwidth * 1e6, each * 1e6,
              100 * bytes / machine.readBandwidth / each,
              nameOf(sum.time.bound()));
}

Status printRoofline(const artifact::Artifact &root, const std::string &gpu) {
  G4RT_ASSIGN(g4rt::Card card, g4rt::findCard(gpu));
  G4RT_ASSIGN(g4rt::Machine machine, machineOf(card));
  G4RT_ASSIGN(const artifact::Variant *variant, variantFor(root, card));
  auto step = g4rt::PredictedStep::decode(/*sessions=*/1, /*context=*/1024);
  G4RT_ASSIGN(auto predicted, predictStep(root, *variant, step, machine));
  std::printf("roofline   %s on %s, a step of 1 session with 1024 tokens; us "
              "predicted\n",
              variant->target()->c_str(), machine.name.c_str());
  std::printf("  %-60s %4s %7s %6s %6s %9s %9s %9s  %s\n", "kernel", "regs",
              "scratch", "/unit", "waves", "us, bytes", "us", "of roof",
              "bound");
  for (const LaunchSum &sum : predicted.kernels)
    printKernel(sum, machine);
  return Status();
}

} // namespace g4
