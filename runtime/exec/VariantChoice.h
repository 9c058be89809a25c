//===- VariantChoice.h - Which variant a device takes -----------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_VARIANTCHOICE_H
#define G4_RUNTIME_EXEC_VARIANTCHOICE_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"
#include "runtime/device/Device.h"

#include <string>

namespace g4rt {

/// The variant that a device takes, and why, for people: "the file's first
/// choice", or "passed over: sapphirerapids (needs avx512bf16)".
struct VariantChoice {
  const artifact::Variant *variant = nullptr; // of the artifact
  std::string reason;
};

/// The first variant whose device and features `device` has.
///
/// Errors: NotFound if no variant runs on the device; the message lists the
/// file's variants and what each lacks.
Result<VariantChoice> chooseVariant(const artifact::Artifact &root,
                                    const Device &device);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_VARIANTCHOICE_H
