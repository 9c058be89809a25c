//===- KernelTimer.cpp - How long a kernel runs on a GPU ------------------===//

#include "runtime/device/cuda/KernelTimer.h"

namespace g4rt::cuda {

// What the GPU is given to do while the host puts a launch after it. To clear
// as much takes 3 us at 3 TB/s and some more to begin, about as long as two
// calls of the host; it takes that much of the L2 cache. Predicted, not
// measured.
constexpr size_t kLeadBytes = size_t{8} << 20;

Status KernelTimer::open() {
  for (DriverEvent *event : {&before_, &after_})
    G4RT_TRY(driver_.call<&DriverTable::eventCreate>("timing kernels", event,
                                                     kEventDefault));
  return Status();
}

KernelTimer::~KernelTimer() {
  if (lead_)
    driver_.release<&DriverTable::memFree>(lead_);
  for (DriverEvent event : {before_, after_})
    if (event)
      driver_.release<&DriverTable::eventDestroy>(event);
}

/// Work that nobody needs: between two events on an idle stream passes the time
/// of the host, who takes longer than a small kernel.
Status KernelTimer::occupy() {
  if (!lead_)
    G4RT_TRY(driver_.call<&DriverTable::memAlloc>("timing a kernel", &lead_,
                                                  kLeadBytes));
  return driver_.call<&DriverTable::memset>("timing a kernel", lead_,
                                            static_cast<unsigned char>(0),
                                            kLeadBytes, stream_);
}

Result<double> KernelTimer::time(const std::function<Status()> &launch) {
  G4RT_TRY(occupy());
  G4RT_TRY(driver_.call<&DriverTable::eventRecord>("timing a kernel", before_,
                                                   stream_));
  G4RT_TRY(launch());
  G4RT_TRY(driver_.call<&DriverTable::eventRecord>("timing a kernel", after_,
                                                   stream_));
  G4RT_TRY(driver_.call<&DriverTable::streamSynchronize>("waiting for the GPU",
                                                         stream_));
  float milliseconds = 0;
  G4RT_TRY(driver_.call<&DriverTable::eventElapsedTime>(
      "timing a kernel", &milliseconds, before_, after_));
  return double{milliseconds} / 1000;
}

} // namespace g4rt::cuda
